using Microsoft.Extensions.Hosting;

namespace Telematics.RocketMQ;

/// <summary>Opens the log before any role starts and closes it after all have stopped.</summary>
internal sealed class RocketMQLogOpening(RocketMQMessageLog log) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => log.OpenAsync(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken) => await log.DisposeAsync();
}
