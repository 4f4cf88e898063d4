namespace Telematics.Host.Observability;

/// <summary>
/// .NET's host logs a failed start with its stack trace; ours says it in one line. Once the process has started, the
/// host's own errors (a background service that died) are logged as ever.
/// </summary>
internal static class StartupFaultFilter
{
    private const string HostCategory = "Microsoft.Extensions.Hosting.Internal.Host";

    public static void AddStartupFaultFilter(this ILoggingBuilder logging, IServiceCollection services)
    {
        var started = new Started();
        services.AddHostedService(_ => started);
        logging.AddFilter(HostCategory, level => started.HasStarted && level >= LogLevel.Warning);
    }

    private sealed class Started : IHostedLifecycleService
    {
        private volatile bool _hasStarted;

        public bool HasStarted => _hasStarted;

        public Task StartedAsync(CancellationToken cancellationToken)
        {
            _hasStarted = true;
            return Task.CompletedTask;
        }

        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
