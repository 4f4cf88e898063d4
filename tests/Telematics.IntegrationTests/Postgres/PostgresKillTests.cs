using Telematics.IntegrationTests.Host;
using Xunit;

namespace Telematics.IntegrationTests.Postgres;

/// <summary>The database is killed with SIGKILL while cars report: nothing acknowledged is lost or doubled.</summary>
public sealed class PostgresKillTests
{
    private const int Cars = 20;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public Task A_database_that_is_killed_in_the_middle_of_writing_costs_nothing_acknowledged() => DisturbAsync(async (host, postgres, fleet) =>
    {
        await postgres.KillAsync();
        var acknowledged = fleet.Acknowledged;
        await Task.Delay(TimeSpan.FromSeconds(1), Cancel);
        Assert.True(fleet.Acknowledged > acknowledged, "Without the database the log goes on taking messages.");
        await postgres.StartAsync();
    });

    [Fact]
    public Task A_host_that_is_killed_beside_the_database_costs_nothing_acknowledged() => DisturbAsync(async (host, postgres, fleet) =>
    {
        await host.KillAsync();
        await host.StartAsync(Cancel);
    });

    /// <summary>Three times while cars report; then the count.</summary>
    private static async Task DisturbAsync(Func<HostProcess, PrivatePostgres, CountedFleet, Task> disturb)
    {
        await using var postgres = await PrivatePostgres.StartNewAsync();
        await using var host = new HostProcess($"--ConnectionStrings:Telematics={postgres.ConnectionString}");
        await host.StartAsync(Cancel);
        await using var fleet = new CountedFleet(host, Cars, Cancel);
        for (var time = 0; time < 3; time++)
        {
            await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
            await disturb(host, postgres, fleet);
        }

        await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
        await fleet.StopAndCountAsync();
    }
}
