using Telematics.IntegrationTests.Host;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>Processes are killed with SIGKILL; what was acknowledged is counted against what is stored.</summary>
[Collection(DistributedSystem.OneAtATime)]
public sealed class KilledProcessTests
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
}
