using System.Globalization;

namespace Telematics.Storage.Retention;

/// <summary>
/// SQLite has no partitions, and no index by time alone, which every insert would pay for: old rows are found by walking
/// the vehicles along the index (vehicle, time).
/// </summary>
internal sealed class SqliteTimeDivision(ITelematicsDatabase database) : ITimeDivision
{
    private const int VehiclesPerStep = 500;

    private const string NextVehicles = "SELECT max(id) FROM (SELECT id FROM vehicle WHERE id > @after ORDER BY id LIMIT @count)";

    // CROSS JOIN keeps SQLite from beginning with the big table.
    private const string DeleteSamples =
        """
        DELETE FROM telemetry WHERE rowid IN (
            SELECT old.rowid FROM vehicle CROSS JOIN telemetry AS old ON old.vehicle_key = vehicle.id AND old.time < @before
            WHERE vehicle.id > @after AND vehicle.id <= @last LIMIT @limit)
        """;

    /// <inheritdoc/>
    public Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task RemoveBeforeAsync(string table, DateTime before, RetentionProgress progress, CancellationToken cancellationToken)
    {
        var sql = table == TimeSeriesTables.Telemetry ? DeleteSamples : DeleteBuckets(table);
        var removal = new BatchRemoval(database);
        long after = 0;
        while (await NextAsync(after, cancellationToken) is { } last)
        {
            await removal.RunAsync(table, sql, progress, cancellationToken, ("@before", before), ("@after", after), ("@last", last));
            after = last;
        }
    }

    private static string DeleteBuckets(string table) =>
        $"""
         DELETE FROM {table} WHERE (vehicle_key, time) IN (
             SELECT old.vehicle_key, old.time FROM vehicle CROSS JOIN {table} AS old ON old.vehicle_key = vehicle.id AND old.time < @before
             WHERE vehicle.id > @after AND vehicle.id <= @last LIMIT @limit)
         """;

    private async Task<long?> NextAsync(long after, CancellationToken cancellationToken)
    {
        await using var snapshot = await database.BeginSnapshotAsync(cancellationToken);
        await using var command = snapshot.Transaction.Connection!.CreateCommand();
        command.Transaction = snapshot.Transaction;
        command.CommandText = NextVehicles;
        command.AddParameter("@after", after);
        command.AddParameter("@count", (long)VehiclesPerStep);
        var last = await command.ExecuteScalarAsync(cancellationToken);
        return last is null or DBNull ? null : Convert.ToInt64(last, CultureInfo.InvariantCulture);
    }
}
