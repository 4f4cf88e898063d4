using Telematics.Commands.Executions;
using Telematics.Storage;

namespace Telematics.Commands.Dispatch;

/// <summary>Orders that wait for a car: its connect event brings them to the dispatcher.</summary>
internal sealed class WaitingOrders(ExecutionJournal journal, ExecutionTimes times, TimeProvider clock)
{
    // Statements here say "state <= 2", the filter of the index of undelivered executions, and "+state", so that the index
    // of states and deadlines, which may hold very many that wait, is not taken instead.
    private const int Chunk = 500;

    /// <summary>Makes what is queued for cars due, and queues again what was on its way to an older channel of a car.</summary>
    /// <param name="session">The transaction that also writes the connections.</param>
    /// <param name="connected">Cars that opened a channel.</param>
    /// <param name="announced">Cars whose channel goes on under a new instance: what is on its way may still arrive.</param>
    /// <param name="cancellationToken">Ends the write.</param>
    /// <returns>Whether the dispatcher has something to do once this is committed.</returns>
    public async Task<bool> WakeAsync(WriteSession session, IReadOnlyCollection<string> connected, IReadOnlyCollection<string> announced, CancellationToken cancellationToken)
    {
        if ((connected.Count == 0 && announced.Count == 0) || !await AnyAsync(session, cancellationToken))
        {
            return false;
        }

        var now = clock.GetUtcNow().UtcDateTime;
        var hasWork = false;
        foreach (var chunk in connected.Concat(announced).Chunk(Chunk))
        {
            var vehicles = await FindAsync(session, chunk, cancellationToken);
            if (vehicles.Count == 0)
            {
                continue;
            }

            await using (var wake = session.CreateCommand(
                $"UPDATE command_execution SET deadline = @now WHERE state <= 2 AND +state = 1 AND (deadline IS NULL OR deadline > @now) AND vehicle_key IN ({ExecutionReader.List(vehicles.Values)})"))
            {
                wake.AddParameter("@now", now);
                hasWork |= await wake.ExecuteNonQueryAsync(cancellationToken) > 0;
            }

            var reconnected = vehicles.Where(vehicle => connected.Contains(vehicle.Key)).Select(vehicle => vehicle.Value).ToList();
            hasWork |= await RequeueAsync(session, reconnected, now, cancellationToken);
        }

        return hasWork;
    }

    private async Task<bool> RequeueAsync(WriteSession session, List<long> vehicles, DateTime now, CancellationToken cancellationToken)
    {
        if (vehicles.Count == 0)
        {
            return false;
        }

        var sent = await ExecutionReader.ReadAsync(
            session,
            $"e.state <= 2 AND +e.state = 2 AND k.state = 0 AND e.vehicle_key IN ({ExecutionReader.List(vehicles)})",
            [],
            cancellationToken);
        var changes = sent
            .Select(row => times.By(row, ExecutionSignal.Reconnected, Actors.Commands, ServerReasons.Reconnected, now))
            .OfType<ExecutionChange>()
            .ToList();
        var outcome = await journal.WriteAsync(session, changes, now, cancellationToken);
        return outcome.Written > 0;
    }

    private static async Task<bool> AnyAsync(WriteSession session, CancellationToken cancellationToken)
    {
        await using var any = session.CreateCommand("SELECT 1 FROM command_execution WHERE state IN (1, 2) LIMIT 1");
        return await any.ExecuteScalarAsync(cancellationToken) is not null;
    }

    private static async Task<Dictionary<string, long>> FindAsync(WriteSession session, string[] vehicleIds, CancellationToken cancellationToken)
    {
        var vehicles = await Storage.Registry.VehicleRegistry.FindAsync(session.Db, vehicleIds, cancellationToken);
        return vehicles.Where(vehicle => vehicle.DeletedAt is null).ToDictionary(vehicle => vehicle.VehicleId, vehicle => vehicle.Id, StringComparer.Ordinal);
    }
}
