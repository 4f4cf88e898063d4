using Telematics.Benchmarks.Database;
using Telematics.Benchmarks.Tsbs.Generation;

namespace Telematics.Benchmarks.Tsbs.Loading;

/// <summary>The table <c>tsbs_load</c>: what a database was loaded with, and that its tables are the benchmark's to drop.</summary>
internal static class LoadRecord
{
    /// <summary>Drops what an earlier load made.</summary>
    /// <exception cref="BenchmarkException">There are tables that are not the benchmark's.</exception>
    public static async Task MakeRoomAsync(BenchmarkDatabase database, CancellationToken cancellationToken)
    {
        await BenchmarkTables.MakeRoomAsync(database, "tsbs_load", cancellationToken);
        await database.ExecuteAsync("CREATE TABLE tsbs_load (scale int NOT NULL, span_us bigint NOT NULL, interval_us bigint NOT NULL, seed bigint NOT NULL, is_complete bool NOT NULL)", cancellationToken);
    }

    /// <summary>Notes what is being loaded, or that it is complete.</summary>
    public static Task WriteAsync(BenchmarkDatabase database, TsbsSettings settings, bool isComplete, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            $"DELETE FROM tsbs_load; INSERT INTO tsbs_load VALUES ({settings.Scale}, {settings.Span.Ticks / TimeSpan.TicksPerMicrosecond}, {settings.Interval.Ticks / TimeSpan.TicksPerMicrosecond}, {settings.Seed}, {(isComplete ? "true" : "false")})",
            cancellationToken);

    /// <summary>What a database was loaded with.</summary>
    /// <exception cref="BenchmarkException">Nothing, or not all of it.</exception>
    public static async Task<TsbsSettings> ReadAsync(BenchmarkDatabase database, CancellationToken cancellationToken)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        if (await connection.ScalarAsync("SELECT to_regclass('public.tsbs_load')::text", cancellationToken) is not null)
        {
            await using var command = connection.Command("SELECT scale, span_us, interval_us, seed FROM tsbs_load WHERE is_complete");
            await using var rows = await command.ExecuteReaderAsync(cancellationToken);
            if (await rows.ReadAsync(cancellationToken))
            {
                return new TsbsSettings(rows.GetInt32(0), TimeSpan.FromMicroseconds(rows.GetInt64(1)), TimeSpan.FromMicroseconds(rows.GetInt64(2)), rows.GetInt64(3));
            }
        }

        throw new BenchmarkException($"--database: {database.Facts.Database} holds no complete load; run 'tsbs load' first.");
    }
}
