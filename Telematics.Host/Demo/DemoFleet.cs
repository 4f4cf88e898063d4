using Microsoft.Extensions.Options;
using Telematics.Contracts;
using Telematics.Gateway;
using Telematics.Simulator;

namespace Telematics.Host.Demo;

/// <summary>Simulated cars that connect over TCP to this process's own gateway once it listens.</summary>
internal sealed class DemoFleet(DemoSize size, IOptions<GatewayOptions> gateway, TimeProvider clock) : IHostedLifecycleService, IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(2);
    private Fleet? _fleet;

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        var options = gateway.Value;
        if (options.Authentication != GatewayAuthentication.None || options.Port <= 0)
        {
            throw new StartupException("--demo needs Telematics:Gateway:Authentication=None and a fixed Telematics:Gateway:Port: the simulated cars have no secrets.");
        }

        _fleet = new Fleet(new FleetOptions { Vehicles = size.Cars, Interval = Interval, Port = options.Port }, clock);
        await _fleet.StartAsync(cancellationToken);
    }

    /// <summary>The cars say goodbye while the gateway still listens.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (_fleet is not null)
        {
            await _fleet.StopAsync(Drain, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_fleet is not null)
        {
            await _fleet.DisposeAsync();
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
