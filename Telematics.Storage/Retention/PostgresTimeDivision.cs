using Telematics.Storage.Postgres;

namespace Telematics.Storage.Retention;

/// <summary>The division that the edition found at start calls for.</summary>
internal sealed class PostgresTimeDivision(PostgresMigrator migrator, DeclarativePartitions partitions, TimescaleChunks chunks) : ITimeDivision
{
    private ITimeDivision Current => migrator.Server.Edition == PostgresEdition.Plain ? partitions : chunks;

    /// <inheritdoc/>
    public Task PrepareAsync(CancellationToken cancellationToken) => Current.PrepareAsync(cancellationToken);

    /// <inheritdoc/>
    public Task RemoveBeforeAsync(string table, DateTime before, RetentionProgress progress, CancellationToken cancellationToken) =>
        Current.RemoveBeforeAsync(table, before, progress, cancellationToken);
}
