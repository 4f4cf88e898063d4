using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Telematics.Messaging;
using Telematics.Messaging.Embedded;

namespace Telematics.Tests.Messaging;

/// <summary>A temporary folder with an embedded log in it, removed at the end.</summary>
internal sealed class EmbeddedLogFolder : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public EmbeddedLogOptions Options { get; } = new() { Directory = Path.Combine(Path.GetTempPath(), $"telematics-log-{Guid.NewGuid():N}") };

    public TimeProvider Time { get; set; } = TimeProvider.System;

    public KeptLines Lines { get; } = new();

    public IMeterFactory MeterFactory => _services.GetRequiredService<IMeterFactory>();

    public IEnumerable<string> SegmentFiles => Directory.EnumerateFiles(Options.Directory, Segment.FilePattern).Order();

    public EmbeddedMessageLog Open()
    {
        var log = new EmbeddedMessageLog(Microsoft.Extensions.Options.Options.Create(Options), Time, Lines, new MessagingMetrics(MeterFactory));
        try
        {
            log.Open();
            return log;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _services.Dispose();
        if (Directory.Exists(Options.Directory))
        {
            Directory.Delete(Options.Directory, recursive: true);
        }
    }

    /// <summary>Keeps what the log wrote to its logger.</summary>
    internal sealed class KeptLines : ILogger<EmbeddedMessageLog>
    {
        private readonly List<(int Id, string Text)> _lines = [];
        private readonly List<(int Id, TaskCompletionSource Logged)> _waits = [];

        public (int Id, string Text)[] All
        {
            get
            {
                lock (_lines)
                {
                    return [.. _lines];
                }
            }
        }

        /// <summary>Completes when a line with this id has been logged.</summary>
        public async Task WaitAsync(int id, CancellationToken cancellationToken)
        {
            var logged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_lines)
            {
                if (_lines.Any(line => line.Id == id))
                {
                    return;
                }

                _waits.Add((id, logged));
            }

            await logged.Task.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
        }

        public int Count(int id) => All.Count(line => line.Id == id);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
            {
                _lines.Add((eventId.Id, formatter(state, exception)));
                foreach (var wait in _waits.Where(wait => wait.Id == eventId.Id))
                {
                    wait.Logged.TrySetResult();
                }
            }
        }
    }
}
