namespace Telematics.Storage;

/// <summary>Reads <c>vehicle_latest</c> as one state of the database has it, the same on every database.</summary>
internal static class LatestStates
{
    /// <summary>Columns: vehicle, time, store time, queue index, queue offset, signals.</summary>
    /// <param name="select">The statement.</param>
    /// <param name="snapshot">The transaction.</param>
    /// <param name="visit">Sees every row.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public static async ValueTask ReadAsync(string select, ReadSnapshot snapshot, LatestStateVisitor visit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(visit);
        await using var command = snapshot.Transaction.Connection!.CreateCommand();
        command.Transaction = snapshot.Transaction;
#pragma warning disable CA2100 // a constant of the store
        command.CommandText = select;
#pragma warning restore CA2100

        // All of a fleet takes what it takes.
        command.CommandTimeout = 0;
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var state = new LatestState
            {
                VehicleKey = rows.GetInt64(0),
                Time = rows.GetUnixMicroseconds(1),
                StoredAt = rows.GetUnixMicroseconds(2),
                QueueIndex = rows.GetInt32(3),
                QueueOffset = rows.GetInt64(4),
                Values = SignalColumns.Read(rows, 5, wanted: null),
            };
            visit(in state);
        }
    }
}
