using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.Extensions.Logging;
using Telematics.Storage.Model;
using Telematics.Storage.Registry;
using Telematics.Storage.Retention;

namespace Telematics.Storage.Erasures;

/// <summary>
/// Takes one erasure from the step where it is to its end. Every batch is a short transaction that also counts what it
/// deleted, so a run that dies anywhere is gone on with by the next one, and the counts stay right. A run that lost its
/// lock may go on beside the next one: it writes only while the erasure is not completed, since the vehicle may have been
/// put back after that.
/// </summary>
internal sealed class ErasureRun(ITelematicsDatabase database, Erasure erasure, int batchRows, TimeProvider clock, StorageMetrics metrics, ILogger logger)
{
    private static readonly string[] Rollups = [TimeSeriesTables.Minutes, TimeSeriesTables.Hours];

    // What the last look asks; each by an index, but for the late hours, which are few.
    private const string AnyLeft =
        """
        SELECT 1 WHERE EXISTS (SELECT 1 FROM telemetry WHERE vehicle_key = @vehicle)
            OR EXISTS (SELECT 1 FROM telemetry_1m WHERE vehicle_key = @vehicle)
            OR EXISTS (SELECT 1 FROM telemetry_1h WHERE vehicle_key = @vehicle)
            OR EXISTS (SELECT 1 FROM telemetry_late_hour WHERE vehicle_key = @vehicle)
            OR EXISTS (SELECT 1 FROM command_execution WHERE vehicle_key = @vehicle)
            OR EXISTS (SELECT 1 FROM telemetry_rejected WHERE vehicle_id = @id)
        """;

    private readonly long _vehicleKey = erasure.VehicleKey;

    /// <summary>Goes on until the erasure is completed.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var step = erasure.Step;
        while (true)
        {
            switch (step)
            {
                case ErasureStep.History:
                    await EraseTimesAsync(TimeSeriesTables.Telemetry, "telemetry", CountTelemetry, cancellationToken);
                    break;
                case ErasureStep.Rollups:
                    foreach (var table in Rollups)
                    {
                        await EraseTimesAsync(table, "rollups", CountRollups, cancellationToken);
                    }

                    await EraseAsync("rollups", CountRollups, EraseLateHoursAsync, cancellationToken);
                    break;
                case ErasureStep.Commands:
                    var commands = new CommandErasure(_vehicleKey, erasure.VehicleId, Math.Max(1, batchRows / 10));
                    await EraseAsync("commands", CountCommands, (session, token) => commands.EraseAsync(session, Now(), token), cancellationToken);
                    break;
                case ErasureStep.Rejected:
                    await EraseRejectedAsync(cancellationToken);
                    break;
                case ErasureStep.Registry when await TryCompleteAsync(cancellationToken):
                    return;
            }

            step = step == ErasureStep.Registry ? ErasureStep.History : step + 1;
            await MoveAsync(step, cancellationToken);
        }
    }

    private async Task EraseTimesAsync(string table, string kind, Count count, CancellationToken cancellationToken)
    {
        var slices = new TimeSlices(table, _vehicleKey, batchRows);
        await EraseAsync(kind, count, slices.DeleteAsync, cancellationToken);
    }

    private async Task<long> EraseLateHoursAsync(WriteSession session, CancellationToken cancellationToken)
    {
        await using var delete = session.CreateCommand(
            "DELETE FROM telemetry_late_hour WHERE id IN (SELECT id FROM telemetry_late_hour WHERE vehicle_key = @vehicle LIMIT @rows)");
        delete.AddParameter("@vehicle", _vehicleKey);
        delete.AddParameter("@rows", batchRows);
        return await delete.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// What was rejected of the vehicle, and what was rejected of a client of its name. There is no index by client, so
    /// they are looked for outside the transaction; none comes after the request (<see cref="ErasedVehicles"/>).
    /// </summary>
    private async Task EraseRejectedAsync(CancellationToken cancellationToken)
    {
        for (var after = 0L; ;)
        {
            List<long> ids;
            await using (var db = database.CreateReader())
            {
                ids = await db.RejectedMessages
                    .Where(rejected => rejected.Id > after && (rejected.VehicleId == erasure.VehicleId || rejected.ClientId == erasure.VehicleId))
                    .OrderBy(rejected => rejected.Id)
                    .Select(rejected => rejected.Id)
                    .Take(batchRows)
                    .ToListAsync(cancellationToken);
            }

            if (ids.Count == 0)
            {
                return;
            }

            await EraseBatchAsync(
                "rejected",
                CountRejected,
                async (session, token) => await session.Db.RejectedMessages.Where(rejected => ids.Contains(rejected.Id)).ExecuteDeleteAsync(token),
                cancellationToken);
            after = ids[^1];
        }
    }

    /// <summary>
    /// The last look and the end, in one transaction that holds the registry. Whoever writes rows of a vehicle (Ingest,
    /// connections, results of commands, orders, releases) holds it too, and looks while holding it whether the vehicle is
    /// there: so what they had begun before the request was committed before the request could be, and nothing comes after
    /// it. Rollups may have been computed from rows that were erased meanwhile; whoever does that holds their progress, as
    /// this does, so they are found here and erased in another round.
    /// </summary>
    private async Task<bool> TryCompleteAsync(CancellationToken cancellationToken)
    {
        await using var session = await database.BeginWriteAsync(cancellationToken);

        // An update that changes nothing: it holds the row on both databases. Before the registry, as the rollups take them.
        await using (var hold = session.CreateCommand("UPDATE rollup_progress SET id = id"))
        {
            await hold.ExecuteNonQueryAsync(cancellationToken);
        }

        await session.LockRegistryAsync(RegistryAccess.Change, cancellationToken);
        if (!await Running(session).AnyAsync(cancellationToken))
        {
            return true;
        }

        await using (var left = session.CreateCommand(AnyLeft))
        {
            left.AddParameter("@vehicle", _vehicleKey);
            left.AddParameter("@id", erasure.VehicleId);
            if (await left.ExecuteScalarAsync(cancellationToken) is not null)
            {
                return false;
            }
        }

        await using (var latest = session.CreateCommand("DELETE FROM vehicle_latest WHERE vehicle_key = @vehicle"))
        {
            latest.AddParameter("@vehicle", _vehicleKey);
            await latest.ExecuteNonQueryAsync(cancellationToken);
        }

        await session.Db.VehicleConnections.Where(connection => connection.ClientId == erasure.VehicleId).ExecuteDeleteAsync(cancellationToken);
        await session.Db.VehicleCredentials.Where(credential => credential.VehicleKey == _vehicleKey).ExecuteDeleteAsync(cancellationToken);
        await session.Db.Vehicles.Where(vehicle => vehicle.Id == _vehicleKey).ExecuteUpdateAsync(
            set => set
                .SetProperty(vehicle => vehicle.Name, (string?)null)
                .SetProperty(vehicle => vehicle.Vin, (string?)null)
                .SetProperty(vehicle => vehicle.Brand, (string?)null)
                .SetProperty(vehicle => vehicle.Model, (string?)null)
                .SetProperty(vehicle => vehicle.Attributes, (string?)null),
            cancellationToken);
        var now = Now();
        await Running(session).ExecuteUpdateAsync(
            set => set
                .SetProperty(row => row.State, ErasureState.Completed)
                .SetProperty(row => row.CompletedAt, now)
                .SetProperty(row => row.LastFailure, (string?)null)
                .SetProperty(row => row.RetryAt, (DateTime?)null),
            cancellationToken);
        var done = await session.Db.Erasures.AsNoTracking().SingleAsync(row => row.Id == erasure.Id, cancellationToken);
        await session.CommitAsync(cancellationToken);
        logger.ErasureCompleted(done.Id, done.VehicleId, done.TelemetryRows, done.RollupRows, done.CommandRows, done.RejectedRows);
        return true;
    }

    private async Task EraseAsync(string kind, Count count, Func<WriteSession, CancellationToken, Task<long>> delete, CancellationToken cancellationToken)
    {
        while (await EraseBatchAsync(kind, count, delete, cancellationToken) > 0)
        {
        }
    }

    private async Task<long> EraseBatchAsync(string kind, Count count, Func<WriteSession, CancellationToken, Task<long>> delete, CancellationToken cancellationToken)
    {
        await using var session = await database.BeginWriteAsync(cancellationToken);
        var rows = await delete(session, cancellationToken);
        if (rows == 0 || await Running(session).ExecuteUpdateAsync(set => count(set, rows), cancellationToken) == 0)
        {
            return 0;
        }

        await session.CommitAsync(cancellationToken);
        metrics.Erased(kind, rows);
        return rows;
    }

    private async Task MoveAsync(ErasureStep step, CancellationToken cancellationToken)
    {
        await using var session = await database.BeginWriteAsync(cancellationToken);
        await Running(session).ExecuteUpdateAsync(set => set.SetProperty(row => row.Step, step), cancellationToken);
        await session.CommitAsync(cancellationToken);
    }

    private IQueryable<Erasure> Running(WriteSession session) => session.Db.Erasures.Where(row => row.Id == erasure.Id && row.State == ErasureState.Running);

    private static void CountTelemetry(UpdateSettersBuilder<Erasure> set, long rows) => set.SetProperty(row => row.TelemetryRows, row => row.TelemetryRows + rows);

    private static void CountRollups(UpdateSettersBuilder<Erasure> set, long rows) => set.SetProperty(row => row.RollupRows, row => row.RollupRows + rows);

    private static void CountCommands(UpdateSettersBuilder<Erasure> set, long rows) => set.SetProperty(row => row.CommandRows, row => row.CommandRows + rows);

    private static void CountRejected(UpdateSettersBuilder<Erasure> set, long rows) => set.SetProperty(row => row.RejectedRows, row => row.RejectedRows + rows);

    private DateTime Now() => clock.GetUtcNow().UtcDateTime;

    private delegate void Count(UpdateSettersBuilder<Erasure> set, long rows);
}
