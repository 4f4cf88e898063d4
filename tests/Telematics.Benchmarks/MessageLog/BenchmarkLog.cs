using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Telematics.Messaging;
using Telematics.Messaging.Embedded;

namespace Telematics.Benchmarks.MessageLog;

/// <summary>Opens an embedded log without a host.</summary>
internal static class BenchmarkLog
{
    public static EmbeddedMessageLog Open(string directory)
    {
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        var log = new EmbeddedMessageLog(Options.Create(new EmbeddedLogOptions { Directory = directory }), TimeProvider.System, NullLogger<EmbeddedMessageLog>.Instance, new MessagingMetrics(meters));
        log.Open();
        return log;
    }
}
