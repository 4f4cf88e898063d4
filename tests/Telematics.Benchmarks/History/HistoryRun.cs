using System.Diagnostics;
using System.Globalization;
using HdrHistogram;
using Microsoft.Extensions.Options;
using Telematics.Benchmarks.Database;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Storage;
using Telematics.Storage.Postgres;
using Telematics.Storage.Retention;
using Telematics.Storage.Rollups;

namespace Telematics.Benchmarks.History;

/// <summary>Asks the telemetry store for the history of one car at a time.</summary>
internal sealed class HistoryRun(BenchmarkDatabase database, HistoryFleet fleet)
{
    private const long Hour = 3_600_000_000;
    private const long Day = 24 * Hour;
    private const long Step = Hour / 12;
    private const int BurnIn = 50;

    public async Task RunAsync(int queries, long seed, bool withPlans, CancellationToken cancellationToken)
    {
        database.Facts.Print();
        var end = await new HistoryLoad(database, fleet).EnsureAsync(cancellationToken);
        var rows = (long)HistoryFleet.Ticks * (fleet.Busy + fleet.OthersPerTick);
        Console.WriteLine($"{fleet.Vehicles:N0} cars, {rows:N0} rows in a day: {fleet.Busy:N0} cars every 30 s (these are asked for), the rest spread over all cars");
        Console.WriteLine($"  telemetry and its index: {await SizeAsync(cancellationToken)}");

        await using var product = new PostgresDatabase(database.ConnectionString, Options.Create(new StorageOptions()));
        var store = new PostgresTelemetryStore(product);
        var table = new TextTable("one car, ms", "queries", "items, mean", "mean", "p50", "p99", "max");
        await MeasureAsync("last hour, samples", async key => (await store.ReadHistoryAsync(new HistoryQuery(key, end - Hour, end, 10_000), cancellationToken)).Items.Count);
        await MeasureAsync("day in steps of 5 min", async key => (await store.ReadStepsAsync(new HistoryQuery(key, end - Day, end, 1_000), Step, cancellationToken)).Items.Count);
        await MeasureAsync("day in steps of 5 min, speed alone (rollups)", async key => (await store.ReadStepsAsync(new HistoryQuery(key, end - Day, end, 1_000) { Signals = [SignalCatalogue.Speed] }, Step, cancellationToken)).Items.Count);
        table.Print();
        if (withPlans)
        {
            await PrintPlanAsync("last hour", PostgresTelemetrySql.SelectHistory, fleet.BusyKey(0), end - Hour, end, cancellationToken);
            await PrintPlanAsync("day", RollupSql.SelectSamples, fleet.BusyKey(0), end - Day, end, cancellationToken);
            await PrintPlanAsync("day from the rollups", RollupSql.SelectBuckets(TimeSeriesTables.Minutes), fleet.BusyKey(0), end - Day, end, cancellationToken);
        }

        async Task MeasureAsync(string name, Func<long, Task<int>> ask)
        {
            // The same cars in both kinds and in every run.
            var random = new Random((int)seed);
            var histogram = new LongHistogram(Hour, 3);
            var items = 0L;
            for (var i = -BurnIn; i < queries; i++)
            {
                var key = fleet.BusyKey(random.Next(fleet.Busy));
                var began = Stopwatch.GetTimestamp();
                var count = await ask(key);
                if (i >= 0)
                {
                    histogram.RecordValue(Math.Max(1, (long)Stopwatch.GetElapsedTime(began).TotalMicroseconds));
                    items += count;
                }
            }

            table.Add(
                name,
                $"{queries:N0}",
                $"{items / (double)queries:N1}",
                $"{histogram.GetMean() / 1_000:N2}",
                $"{histogram.GetValueAtPercentile(50) / 1_000.0:N2}",
                $"{histogram.GetValueAtPercentile(99) / 1_000.0:N2}",
                $"{histogram.GetMaxValue() / 1_000.0:N2}");
        }
    }

    private async Task<string> SizeAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        var sql = database.Facts.IsTimescale
            ? "SELECT pg_size_pretty(hypertable_size('telemetry'))"
            : "SELECT pg_size_pretty(sum(pg_total_relation_size(inhrelid))) FROM pg_inherits WHERE inhparent = 'telemetry'::regclass";
        return await connection.ScalarAsync(sql, cancellationToken) as string ?? "-";
    }

    /// <summary>The store's statement is prepared after some calls; the server then may choose a plan without knowing the values.</summary>
    private async Task PrintPlanAsync(string name, string text, long key, long from, long to, CancellationToken cancellationToken)
    {
        var sql = text
            .Replace("@vehicle", "$1", StringComparison.Ordinal)
            .Replace("@from", "$2", StringComparison.Ordinal)
            .Replace("@to", "$3", StringComparison.Ordinal)
            .Replace("@limit", "10001", StringComparison.Ordinal);
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync($"PREPARE history (bigint, timestamptz, timestamptz) AS {sql}", cancellationToken);
        foreach (var mode in (string[])["force_custom_plan", "force_generic_plan"])
        {
            await connection.ExecuteAsync($"SET plan_cache_mode = {mode}", cancellationToken);
            Console.WriteLine();
            Console.WriteLine($"plan of {name}, plan_cache_mode {mode}");
            await using var command = connection.Command(string.Create(
                CultureInfo.InvariantCulture,
                $"EXPLAIN (ANALYZE, BUFFERS) EXECUTE history ({key}, '{UnixTime.ToDateTime(from):yyyy-MM-dd HH:mm:ss}+00', '{UnixTime.ToDateTime(to):yyyy-MM-dd HH:mm:ss}+00')"));
            await using var lines = await command.ExecuteReaderAsync(cancellationToken);
            while (await lines.ReadAsync(cancellationToken))
            {
                Console.WriteLine("  " + lines.GetString(0));
            }
        }

        await connection.ExecuteAsync("DEALLOCATE history; RESET plan_cache_mode", cancellationToken);
    }
}
