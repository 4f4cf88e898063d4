using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Telematics.Contracts;

namespace Telematics.Gateway;

/// <summary>
/// The gateway's life in the host: ready before the listeners open if the log is there, draining before they close.
/// </summary>
internal sealed class GatewayService(GatewayServer server, IOptions<GatewayOptions> options, TimeProvider time) : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        server.CheckParts();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);

        // An absent log does not keep the other roles from starting: until it is there, connections are refused.
        await await Task.WhenAny(_ready.Task, Task.Delay(StartPatience, time, cancellationToken));
        if (ExecuteTask is { IsFaulted: true } failed)
        {
            await failed; // the port is taken
        }
    }

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => server.DrainAsync(TimeSpan.FromSeconds(options.Value.DrainSeconds));

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await server.CloseAsync(ClosePatience);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        // A host that is disposed of without having been stopped leaves no thread behind.
        base.Dispose();
        server.StopThreads();
    }

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await server.OpenAsync(stoppingToken);
            _ready.TrySetResult();
            await server.RunAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
        catch (StartupException exception)
        {
            // The start says it, if it still waits.
            _ready.TrySetException(exception);
            throw;
        }
        finally
        {
            _ready.TrySetResult();
        }
    }
}
