using Telematics.Storage.Postgres;
using Telematics.Storage.Rollups;

namespace Telematics.Benchmarks.Database;

/// <summary>Fills <c>telemetry_1m</c> and <c>telemetry_1h</c> with the product's own statements.</summary>
internal static class ProductRollups
{
    /// <param name="database">Where.</param>
    /// <param name="product">The same, as the product sees it.</param>
    /// <param name="from">A whole hour, microseconds since 1970-01-01 UTC.</param>
    /// <param name="to">Where the samples end.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task FillAsync(BenchmarkDatabase database, PostgresDatabase product, long from, long to, CancellationToken cancellationToken)
    {
        // In pieces, as the product's task does. The task itself begins where the migration has put it, which is now: it
        // would leave out what a benchmark has put before that.
        var store = new PostgresRollupStore();
        var progress = new ProgressLine($"{database.Facts.Database}, rollups, hours", (to - from + RollupTime.Hour - 1) / RollupTime.Hour);
        for (var piece = from; piece < to; piece += store.MaxPiece)
        {
            await using var session = await product.BeginWriteAsync(cancellationToken);
            await store.RollUpAsync(piece, piece + store.MaxPiece, session, cancellationToken);
            await session.CommitAsync(cancellationToken);
            progress.Add(store.MaxPiece / RollupTime.Hour);
        }

        await database.ExecuteAsync("ANALYZE telemetry_1m; ANALYZE telemetry_1h", cancellationToken);
    }
}
