using Microsoft.Extensions.Options;
using Telematics.Benchmarks.Database;
using Telematics.Benchmarks.Ingest;
using Telematics.Contracts;
using Telematics.Storage;
using Telematics.Storage.Postgres;

namespace Telematics.Benchmarks.History;

/// <summary>Writes a fleet's day through the telemetry store; a database that holds it already is used as it is.</summary>
internal sealed class HistoryLoad(BenchmarkDatabase database, HistoryFleet fleet)
{
    private const int BatchRows = 10_000;
    private const string Mark = "history_load";

    /// <summary>Makes sure that the rows are there.</summary>
    /// <returns>Where the day ends, microseconds since 1970-01-01 UTC.</returns>
    public async Task<long> EnsureAsync(CancellationToken cancellationToken)
    {
        if (await FindAsync(cancellationToken) is { } end)
        {
            Console.WriteLine("the rows are there from an earlier run");
            return end;
        }

        await BenchmarkTables.MakeRoomAsync(database, Mark, cancellationToken);
        await database.ExecuteAsync($"CREATE TABLE {Mark} (vehicles int NOT NULL, rows bigint NOT NULL, day_end bigint NOT NULL)", cancellationToken);
        end = UnixTime.ToMicroseconds(DateTime.UtcNow.Date);
        var start = end - (HistoryFleet.Ticks * HistoryFleet.TickLength);
        await ProductSchema.CreateAsync(database, UnixTime.ToDateTime(start), UnixTime.ToDateTime(end), cancellationToken);
        await using (var product = new PostgresDatabase(database.ConnectionString, Options.Create(new StorageOptions())))
        {
            await WriteAsync(product, start, cancellationToken);
            await ProductRollups.FillAsync(database, product, start, end, cancellationToken);
        }

        await database.ExecuteAsync("VACUUM (ANALYZE) telemetry", cancellationToken);
        await database.CheckpointAsync(cancellationToken);
        await database.ExecuteAsync($"INSERT INTO {Mark} VALUES ({fleet.Vehicles}, {fleet.Rows}, {end})", cancellationToken);
        return end;
    }

    private async Task<long?> FindAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        return await connection.ScalarAsync($"SELECT to_regclass('public.{Mark}')::text", cancellationToken) is null
            ? null
            : await connection.ScalarAsync($"SELECT day_end FROM {Mark} WHERE vehicles = {fleet.Vehicles} AND rows = {fleet.Rows}", cancellationToken) as long?;
    }

    private async Task WriteAsync(PostgresDatabase product, long start, CancellationToken cancellationToken)
    {
        var store = new PostgresTelemetryStore(product);
        var progress = new ProgressLine("rows", (long)HistoryFleet.Ticks * (fleet.Busy + fleet.OthersPerTick));
        var random = new Random(1);
        var rows = new List<TelemetryRow>(BatchRows);
        for (var tick = 0; tick < HistoryFleet.Ticks; tick++)
        {
            for (var i = 0; i < fleet.Busy + fleet.OthersPerTick; i++)
            {
                var key = i < fleet.Busy ? fleet.BusyKey(i) : fleet.OtherKey(tick, i - fleet.Busy);
                var time = start + (tick * HistoryFleet.TickLength) + random.NextInt64(HistoryFleet.TickLength);
                rows.Add(new TelemetryRow { VehicleKey = key, Time = time, StoredAt = time, Values = IngestEngine.CreateSample(time, random).Values });
                if (rows.Count == BatchRows)
                {
                    await FlushAsync(product, store, rows, cancellationToken);
                    progress.Add(BatchRows);
                }
            }
        }

        await FlushAsync(product, store, rows, cancellationToken);
    }

    private static async Task FlushAsync(PostgresDatabase product, PostgresTelemetryStore store, List<TelemetryRow> rows, CancellationToken cancellationToken)
    {
        rows.Sort(static (a, b) => a.VehicleKey != b.VehicleKey ? a.VehicleKey.CompareTo(b.VehicleKey) : a.Time.CompareTo(b.Time));
        await using var session = await product.BeginWriteAsync(cancellationToken);
        await store.WriteAsync(rows.ToArray(), default, session, cancellationToken);
        await session.CommitAsync(cancellationToken);
        rows.Clear();
    }
}
