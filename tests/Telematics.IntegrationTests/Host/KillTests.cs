using Xunit;

namespace Telematics.IntegrationTests.Host;

/// <summary>The process is killed with SIGKILL while cars report; what was acknowledged is counted against what is stored.</summary>
public sealed class KillTests
{
    private const int Cars = 20;
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_acknowledged_sample_is_in_the_database_exactly_once_and_nobody_who_stays_away_is_online()
    {
        await using var host = new HostProcess();
        await host.StartAsync(Cancel);
        await using var absent = new MqttCar("absent", host.MqttPort);
        await absent.ConnectAsync(Cancel);
        Assert.True(await absent.ReportAsync(null, Cancel));
        await host.Http.UntilAsync("api/v1/vehicles/absent", answer => (string?)answer["connection"] == "online", Cancel);

        await using var fleet = new CountedFleet(host, Cars, Cancel);
        for (var kill = 0; kill < 3; kill++)
        {
            await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
            await host.KillAsync();
            await host.StartAsync(Cancel);
        }

        await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
        await fleet.StopAndCountAsync();
        await host.Http.UntilAsync("api/v1/vehicles/absent", answer => (string?)answer["connection"] == "offline", Cancel, seconds: 30);
    }
}
