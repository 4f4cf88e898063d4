namespace Telematics.Storage.Erasures;

/// <summary>
/// Deletes a vehicle's rows of a table that is divided by time, from the oldest on. Each slice lies between two times, so
/// that PostgreSQL opens only the partitions or chunks that it is in; the same text serves SQLite. Times travel as the
/// database gave them.
/// </summary>
/// <param name="table">Has <c>vehicle_key</c>, <c>time</c> and an index of both.</param>
/// <param name="vehicleKey">The vehicle.</param>
/// <param name="rows">Rows in a slice; more when that many have the same time.</param>
internal sealed class TimeSlices(string table, long vehicleKey, int rows)
{
    private object? _from;

    /// <summary>Deletes the next slice.</summary>
    /// <returns>How many rows it had; 0 when there is none left.</returns>
    public async Task<long> DeleteAsync(WriteSession session, CancellationToken cancellationToken)
    {
        if (await FindAsync(session, _from, skip: 0, cancellationToken) is not { } first)
        {
            return 0;
        }

        var last = await FindAsync(session, first, rows - 1, cancellationToken);
        _from = last ?? first;
        await using var delete = session.CreateCommand(
            $"DELETE FROM {table} WHERE vehicle_key = @vehicle AND time >= @from{(last is null ? "" : " AND time <= @to")}");
        delete.AddParameter("@vehicle", vehicleKey);
        delete.AddParameter("@from", first);
        if (last is not null)
        {
            delete.AddParameter("@to", last);
        }

        return await delete.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<object?> FindAsync(WriteSession session, object? from, int skip, CancellationToken cancellationToken)
    {
        await using var select = session.CreateCommand(
            $"SELECT time FROM {table} WHERE vehicle_key = @vehicle{(from is null ? "" : " AND time >= @from")} ORDER BY time LIMIT 1 OFFSET @skip");
        select.AddParameter("@vehicle", vehicleKey);
        select.AddParameter("@skip", skip);
        if (from is not null)
        {
            select.AddParameter("@from", from);
        }

        return await select.ExecuteScalarAsync(cancellationToken);
    }
}
