using Telematics.IntegrationTests.Host;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>Processes and brokers are killed with SIGKILL; what was acknowledged is counted against what is stored.</summary>
public sealed class DistributedFailureTests
{
    private const int Cars = 20;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_ingest_worker_and_a_killed_gateway_cost_nothing_that_was_acknowledged()
    {
        await using var system = await DistributedSystem.CreateAsync();
        var (staying, killed) = (system.Add("gateway"), system.Add("gateway"));
        var (worker, other) = (system.Add("ingest"), system.Add("ingest"));
        var rest = system.Add("commands,api");
        await DistributedSystem.StartAsync([.. system.Processes]);

        await using var absent = new MqttCar("absent", killed.MqttPort);
        await absent.ConnectAsync(Cancel);
        Assert.True(await absent.ReportAsync(null, Cancel));
        await rest.Http.UntilAsync("api/v1/vehicles/absent", answer => (string?)answer["connection"] == "online", Cancel);

        await using var fleet = new CountedFleet(rest.Http, [staying.MqttPort, killed.MqttPort], Cars, Cancel);
        await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
        await worker.KillAsync();
        await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
        await killed.KillAsync();

        // Commands hears nothing of its instance for 15 s and says that it has ended.
        await rest.Http.UntilAsync("api/v1/vehicles/absent", answer => (string?)answer["connection"] == "offline", Cancel, seconds: 40);
        await killed.StartAsync(Cancel);
        await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
        await fleet.StopAndCountAsync();
        Assert.Equal(0, await other.InterruptAsync(Cancel));
    }

    [Fact]
    public async Task While_the_broker_is_away_gateways_keep_their_connections_and_nothing_acknowledged_is_lost()
    {
        await using var system = await DistributedSystem.CreateAsync();
        var gateways = new[] { system.Add("gateway"), system.Add("gateway") };
        system.Add("ingest");
        var rest = system.Add("commands,api");
        await DistributedSystem.StartAsync([.. system.Processes]);

        await using var fleet = new CountedFleet(rest.Http, [.. gateways.Select(gateway => gateway.MqttPort)], Cars, Cancel);
        await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
        await system.RocketMQ.Brokers[0].KillAsync();
        await Task.Delay(TimeSpan.FromSeconds(3), Cancel);
        var acknowledged = fleet.Acknowledged;
        await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
        Assert.Equal(acknowledged, fleet.Acknowledged);
        Assert.Equal(Cars, fleet.Connected);

        await system.RocketMQ.Brokers[0].StartAsync();
        for (var end = Environment.TickCount64 + 30_000; fleet.Acknowledged < acknowledged + Cars;)
        {
            Assert.True(Environment.TickCount64 < end, "Nothing is acknowledged after the broker came back.");
            await Task.Delay(100, Cancel);
        }

        await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
        await fleet.StopAndCountAsync();
        Assert.Equal(Cars, fleet.Connects);
    }

    [Fact]
    public async Task While_one_of_two_brokers_is_away_the_cars_of_the_other_go_on()
    {
        await using var system = await DistributedSystem.CreateAsync(new PrivateRocketMQOptions { Brokers = 2 });
        var gateway = system.Add("gateway");
        system.Add("ingest");
        var rest = system.Add("commands,api");
        await DistributedSystem.StartAsync([.. system.Processes]);

        await using var fleet = new CountedFleet(rest.Http, [gateway.MqttPort], 2 * Cars, Cancel);
        await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
        await system.RocketMQ.Brokers[1].KillAsync();
        await Task.Delay(TimeSpan.FromSeconds(4), Cancel);
        var acknowledged = fleet.Acknowledged;
        await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
        Assert.True(fleet.Acknowledged > acknowledged + Cars, $"{fleet.Acknowledged - acknowledged} messages were acknowledged in 2 s.");
        Assert.Equal(2 * Cars, fleet.Connected);

        await system.RocketMQ.Brokers[1].StartAsync();
        await Task.Delay(TimeSpan.FromSeconds(5), Cancel);
        await fleet.StopAndCountAsync();
    }
}
