using Telematics.IntegrationTests.Host;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>Processes and servers are killed with SIGKILL under full load; what was acknowledged is counted against what is stored.</summary>
[Collection(DistributedSystem.Name)]
public sealed class KilledProcessTests(DistributedSystem system) : IAsyncLifetime
{
    private static readonly TimeSpan Phase = TimeSpan.FromSeconds(2);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await system.StartAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_killed_ingest_worker_costs_nothing_that_was_acknowledged_and_the_other_takes_its_queues()
    {
        var fleet = new LoadFleet(system);
        await Task.Delay(Phase, Cancel);
        await system.Ingests[0].KillAsync();
        await Task.Delay(Phase, Cancel);
        await fleet.StopAsync();
        await fleet.CountAsync();
    }

    [Fact]
    public async Task A_killed_gateway_costs_nothing_that_was_acknowledged_and_its_cars_are_seen_to_be_offline()
    {
        var killed = system.Gateways[1];
        await using var absent = new MqttCar("absent", killed.MqttPort);
        await absent.ConnectAsync(Cancel);
        Assert.True(await absent.ReportAsync(null, Cancel));
        await system.Apis[0].Http.UntilAsync("api/v1/vehicles/absent", answer => (string?)answer["connection"] == "online", Cancel);

        var (numbered, plain) = (new LoadFleet(system), new LoadFleet(system, isNumbered: false));
        await Task.Delay(Phase, Cancel);
        await killed.KillAsync();
        await Task.Delay(Phase, Cancel);
        await Task.WhenAll(numbered.StopAsync(), plain.StopAsync());
        await numbered.CountAsync();
        await plain.CountAsync();

        // Commands hears nothing of its instance for 15 s and says that it has ended.
        await system.Apis[0].Http.UntilAsync("api/v1/vehicles/absent", answer => (string?)answer["connection"] == "offline", Cancel, seconds: 40);
    }

    [Fact]
    public async Task A_killed_name_server_is_noticed_by_nobody()
    {
        var fleet = new LoadFleet(system);
        await Task.Delay(Phase / 2, Cancel);
        await system.RocketMQ.NameServers[0].KillAsync();
        await Task.Delay(Phase / 2, Cancel);
        var acknowledged = fleet.Acknowledged;
        await Task.Delay(Phase, Cancel);
        Assert.True(fleet.Acknowledged > acknowledged, "Nothing is acknowledged without the name server.");
        await fleet.StopAsync();
        await system.RocketMQ.NameServers[0].StartAsync();

        // The brokers register again by themselves, within 10 s.
        await system.RocketMQ.WaitForBrokersAsync();
        await fleet.CountAsync();
        Assert.Equal(LoadFleet.Connections, fleet.Connects);
    }

    [Fact]
    public async Task While_a_broker_is_away_its_cars_keep_their_connections_and_those_of_the_other_go_on()
    {
        var away = system.RocketMQ.Brokers[1];
        var (other, own) = (new LoadFleet(system, system.RocketMQ.Brokers[0].Name), new LoadFleet(system, away.Name));
        await Task.Delay(Phase, Cancel);
        await away.KillAsync();
        await Task.Delay(Phase / 2, Cancel);
        var (othersBefore, ownBefore) = (other.Acknowledged, own.Acknowledged);
        await Task.Delay(Phase / 2, Cancel);
        Assert.Equal(ownBefore, own.Acknowledged);
        Assert.True(other.Acknowledged > othersBefore, "The cars of the other broker wait too.");
        await other.StopAsync(); // the start of a broker takes what it takes
        Assert.Equal(ownBefore, own.Acknowledged);

        await away.StartAsync();
        for (var end = Environment.TickCount64 + 30_000; own.Acknowledged == ownBefore;)
        {
            Assert.True(Environment.TickCount64 < end, "Nothing is acknowledged after the broker came back.");
            await Task.Delay(50, Cancel);
        }

        await Task.Delay(Phase / 2, Cancel);
        await own.StopAsync();
        await own.CountAsync();
        await other.CountAsync();
        Assert.Equal((LoadFleet.Connections, LoadFleet.Connections), (own.Connects, other.Connects));
    }
}
