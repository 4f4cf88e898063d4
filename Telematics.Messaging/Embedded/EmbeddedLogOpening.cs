using Microsoft.Extensions.Hosting;

namespace Telematics.Messaging.Embedded;

/// <summary>Opens the log before any role starts and closes it after all have stopped.</summary>
internal sealed class EmbeddedLogOpening(EmbeddedMessageLog log) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        log.Open();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken) => await log.DisposeAsync();
}
