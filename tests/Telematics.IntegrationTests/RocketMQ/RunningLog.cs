using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Messaging;
using Telematics.RocketMQ;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>The message log as the Host registers it, on a cluster, in the test's process.</summary>
internal sealed class RunningLog : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private RunningLog(ServiceProvider services) => _services = services;

    public IMessageLog Log => _services.GetRequiredService<IMessageLog>();

    public IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    public static async Task<RunningLog> OpenAsync(RocketMQCluster cluster, Action<RocketMQOptions>? configure = null, ILoggerProvider? log = null, CancellationToken cancellationToken = default)
    {
        var services = new ServiceCollection().AddLogging(logging =>
        {
            if (log is not null)
            {
                logging.AddProvider(log).SetMinimumLevel(LogLevel.Debug);
            }
        });
        services.AddRocketMQMessageLog();
        services.Configure<RocketMQOptions>(options =>
        {
            options.NameServers = cluster.NameServers;
            options.CreateTopics = true;
            configure?.Invoke(options);
        });
        services.AddSingleton<Microsoft.Extensions.Configuration.IConfiguration>(new Microsoft.Extensions.Configuration.ConfigurationBuilder().Build());
        var running = new RunningLog(services.BuildServiceProvider());
        try
        {
            _ = running._services.GetRequiredService<IOptions<RocketMQOptions>>().Value;
            await running._services.GetRequiredService<RocketMQMessageLog>().OpenAsync(cancellationToken);
            return running;
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await _services.DisposeAsync();
}
