using Telematics.Contracts.Telemetry;
using Telematics.Storage.Rollups;

namespace Telematics.Storage.Sqlite;

/// <summary>
/// Rollups in SQLite, summed up by this process: it shares the memory with the rows, so nothing is gained by doing it in SQL.
/// There is no index on time alone; the one on (vehicle, time) is walked vehicle by vehicle.
/// </summary>
internal sealed class SqliteRollupStore : IRollupStore
{
    /// <inheritdoc/>
    /// <remarks>The one writer's transaction holds Ingest up meanwhile.</remarks>
    public long MaxPiece => 10 * RollupTime.Minute;

    /// <inheritdoc/>
    public int MaxHours => 200;

    /// <inheritdoc/>
    /// <remarks>A write transaction is alone.</remarks>
    public string LockProgress => RollupSql.SelectProgress;

    /// <inheritdoc/>
    public ValueTask NoteAsync(IReadOnlyList<VehicleHour> hours, WriteSession session, CancellationToken cancellationToken) =>
        ExecuteAsync(SqliteRollupStatements.Of(session).Note, hours, cancellationToken);

    /// <inheritdoc/>
    public ValueTask RemoveNotesAsync(IReadOnlyList<VehicleHour> hours, WriteSession session, CancellationToken cancellationToken) =>
        ExecuteAsync(SqliteRollupStatements.Of(session).RemoveNotes, hours, cancellationToken);

    /// <inheritdoc/>
    public ValueTask RollUpAsync(long from, long to, WriteSession session, CancellationToken cancellationToken)
    {
        var statements = SqliteRollupStatements.Of(session);
        var sums = new SqliteBucketWriter(statements.ReplaceMinute, statements.MergeHour);
        for (var vehicle = Next(statements.NextVehicle, long.MinValue); vehicle is not null; vehicle = Next(statements.NextVehicle, vehicle.Value))
        {
            cancellationToken.ThrowIfCancellationRequested();
            SumUp(statements.SelectSamples, vehicle.Value, from, to, sums);
        }

        sums.Flush();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask RecomputeAsync(IReadOnlyList<VehicleHour> hours, long until, WriteSession session, CancellationToken cancellationToken)
    {
        var statements = SqliteRollupStatements.Of(session);
        var sums = new SqliteBucketWriter(statements.ReplaceMinute, statements.ReplaceHour);
        foreach (var (vehicle, hour) in hours)
        {
            cancellationToken.ThrowIfCancellationRequested();
            SumUp(statements.SelectSamples, vehicle, hour, Math.Min(hour + RollupTime.Hour, until), sums);
        }

        sums.Flush();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask MergeAsync(IReadOnlyList<TelemetryBucket> minutes, WriteSession session, CancellationToken cancellationToken)
    {
        var statements = SqliteRollupStatements.Of(session);
        var sums = new SqliteBucketWriter(statements.MergeMinute, statements.MergeHour);
        foreach (var minute in minutes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            sums.Add(in minute);
        }

        sums.Flush();
        return ValueTask.CompletedTask;
    }

    private static void SumUp(SqliteStatement select, long vehicle, long from, long to, SqliteBucketWriter sums)
    {
        select.Bind(1, vehicle);
        select.Bind(2, from);
        select.Bind(3, to);
        var values = SignalValues.None;
        try
        {
            while (select.Step())
            {
                values[SignalCatalogue.Speed] = Value(select, 1);
                values[SignalCatalogue.TraveledDistance] = Value(select, 2);
                values[SignalCatalogue.PackVoltage] = Value(select, 3);
                values[SignalCatalogue.PackCurrent] = Value(select, 4);
                values[SignalCatalogue.Latitude] = Value(select, 5);
                values[SignalCatalogue.Longitude] = Value(select, 6);
                sums.Add(vehicle, select.GetInt64(0), in values);
            }
        }
        finally
        {
            select.Reset();
        }
    }

    private static double Value(SqliteStatement row, int column) => row.IsNull(column) ? double.NaN : row.GetDouble(column);

    private static long? Next(SqliteStatement select, long vehicle)
    {
        select.Bind(1, vehicle);
        try
        {
            return select.Step() && !select.IsNull(0) ? select.GetInt64(0) : null;
        }
        finally
        {
            select.Reset();
        }
    }

    private static ValueTask ExecuteAsync(SqliteStatement statement, IReadOnlyList<VehicleHour> hours, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var (vehicle, hour) in hours)
        {
            statement.Bind(1, vehicle);
            statement.Bind(2, hour);
            statement.Execute();
        }

        return ValueTask.CompletedTask;
    }
}
