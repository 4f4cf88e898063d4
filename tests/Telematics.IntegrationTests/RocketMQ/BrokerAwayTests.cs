using Telematics.IntegrationTests.Host;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>Brokers are killed with SIGKILL and come back; what was acknowledged is counted against what is stored.</summary>
[Collection(DistributedSystem.OneAtATime)]
public sealed class BrokerAwayTests
{
    private const int Cars = 20;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

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
