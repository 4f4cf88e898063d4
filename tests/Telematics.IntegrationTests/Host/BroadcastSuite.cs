using Telematics.Simulator;
using Xunit;

namespace Telematics.IntegrationTests.Host;

/// <summary>One order to a whole fleet of simulated cars, through the real process.</summary>
public abstract class BroadcastSuite
{
    private const int Cars = 1_000;
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A host, not started, that owns its database.</summary>
    private protected abstract ValueTask<HostProcess> CreateHostAsync(params string[] settings);

    [Fact]
    public async Task A_broadcast_to_1000_cars_ends_with_1000_results()
    {
        await using var host = await CreateHostAsync();
        await host.StartAsync(Cancel);
        await using var fleet = new Fleet(new FleetOptions { Vehicles = Cars, Port = host.MqttPort, Interval = TimeSpan.FromSeconds(5) }, TimeProvider.System);
        await fleet.StartAsync(Cancel);

        // All of them reported, so all are registered and online.
        var online = 0;
        for (var attempt = 0; attempt < 600 && online < Cars; attempt++)
        {
            await Task.Delay(100, Cancel);
            online = (await host.Http.GetAllAsync("api/v1/vehicles?state=online&limit=1000", Cancel)).Count;
        }

        Assert.Equal(Cars, online);

        var command = await host.Http.OrderAsync("locate", ApiCalls.All(), Cancel, ttlSeconds: 120);
        var ended = await host.Http.UntilAsync($"api/v1/commands/{command["id"]}", answer => (string?)answer["state"] == "completed", Cancel, seconds: 90);
        Assert.Equal(Cars, (int?)ended["counts"]!["succeeded"]);
        Assert.Equal(Cars, (await host.Http.GetAllAsync($"api/v1/commands/{command["id"]}/executions?state=succeeded&limit=1000", Cancel)).Count);
        Assert.Equal(Cars, fleet.GetCounters().CommandsSucceeded);
    }
}
