using Telematics.Storage;
using Telematics.Storage.Rollups;
using Xunit;

namespace Telematics.Tests.Ingest;

/// <summary>Samples of times that were summed up already.</summary>
public class LateSampleTests
{
    private const long Hour = 3_600_000_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_late_sample_is_stored_and_its_hour_noted_once_a_batch()
    {
        await using var bench = await IngestBench.CreateAsync();
        var now = RollupTime.Floor(bench.Log.Now * 1_000, RollupTime.Hour);
        await SetAsync(bench, new RollupState(now, now, now - (48 * Hour)));
        foreach (var seconds in new[] { 7_200, -7_200, -7_201, -86_400 })
        {
            bench.Report("car", 50, seconds);
        }

        await bench.StartAsync();
        await bench.DrainAsync();
        Assert.Equal(4, (await bench.SpeedsAsync("car")).Count);
        Assert.Equal(0, bench.Status.GetSnapshot().RollupOnly);
        var late = new[] { -7_200, -7_201, -86_400 }.Select(seconds => RollupTime.Floor((bench.Log.Now * 1_000) + (seconds * 1_000_000L), RollupTime.Hour)).Distinct().Count();
        Assert.Equal(late, await CountAsync(bench, "SELECT count(*) FROM telemetry_late_hour"));
    }

    [Fact]
    public async Task A_sample_older_than_samples_are_kept_goes_into_the_rollups_only_and_is_counted()
    {
        await using var bench = await IngestBench.CreateAsync();
        var now = RollupTime.Floor(bench.Log.Now * 1_000, RollupTime.Hour);
        await SetAsync(bench, new RollupState(now, now, now - (24 * Hour)));
        bench.Report("car", 10, -30 * 3_600);
        bench.Report("car", 20, (-30 * 3_600) + 1);
        bench.Report("car", 30);
        await bench.StartAsync();
        await bench.DrainAsync();
        Assert.Equal([30d], await bench.SpeedsAsync("car"));
        var figures = bench.Status.GetSnapshot();
        Assert.Equal((1, 2), (figures.Rows, figures.RollupOnly));
        Assert.Equal(2, await CountAsync(bench, "SELECT sum(samples) FROM telemetry_1m"));
        Assert.Equal(2, await CountAsync(bench, "SELECT sum(samples) FROM telemetry_1h"));
        Assert.Equal(0, await CountAsync(bench, "SELECT count(*) FROM telemetry_late_hour WHERE hour < (SELECT raw_from FROM rollup_progress)"));
    }

    [Fact]
    public async Task A_transaction_that_fails_adds_nothing_twice()
    {
        await using var bench = await IngestBench.CreateAsync();
        var now = RollupTime.Floor(bench.Log.Now * 1_000, RollupTime.Hour);
        await SetAsync(bench, new RollupState(now, now, now - (24 * Hour)));
        var failures = 0;
        bench.BeforeCommit = () => failures++ == 0 ? throw new IOException("disk") : Task.CompletedTask;
        bench.Report("car", 10, -30 * 3_600);
        await bench.StartAsync();
        await bench.DrainAsync();
        Assert.True(failures > 1);
        Assert.Equal(1, await CountAsync(bench, "SELECT sum(samples) FROM telemetry_1h"));
        Assert.Equal(1, bench.Status.GetSnapshot().RollupOnly);
    }

    private static async Task SetAsync(IngestBench bench, RollupState state)
    {
        await using var session = await bench.Database.Database.BeginWriteAsync(Token);
        await state.WriteAsync(session, Token);
        await session.CommitAsync(Token);
    }

    private static async Task<long> CountAsync(IngestBench bench, string sql)
    {
        await using var session = await bench.Database.Database.BeginWriteAsync(Token);
        await using var command = session.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }
}
