using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Telematics.Storage.Model;

namespace Telematics.Storage.Erasures;

/// <summary>
/// Erases a vehicle from the commands: its executions and their events; whole commands that have no other vehicle; its id
/// from the targets of the others, which keep their counts. An execution that was open counts as canceled from now on, so
/// that its command can end.
/// </summary>
/// <remarks>
/// Executions go first: whoever changes one holds its row until he has written the events and counts, so all that belongs
/// to it is there when its row can be deleted, and nobody writes to it any more.
/// </remarks>
internal sealed class CommandErasure(long vehicleKey, string vehicleId, int executions)
{
    /// <summary>Erases some executions with all that belongs to them.</summary>
    /// <returns>How many rows; 0 when there is none left.</returns>
    public async Task<long> EraseAsync(WriteSession session, DateTime now, CancellationToken cancellationToken)
    {
        var erased = await DeleteExecutionsAsync(session, cancellationToken);
        if (erased.Count == 0)
        {
            return 0;
        }

        var orders = erased.ConvertAll(execution => execution.Order);
        long rows = erased.Count;
        rows += await session.Db.CommandEvents
            .Where(e => orders.Contains(e.CommandOrder) && e.VehicleKey == vehicleKey)
            .ExecuteDeleteAsync(cancellationToken);
        var whole = await session.Db.Commands.AsNoTracking()
            .Where(command => orders.Contains(command.Order) && !command.IsBroadcast && !session.Db.CommandExecutions.Any(e => e.CommandOrder == command.Order))
            .Select(command => command.Order)
            .ToListAsync(cancellationToken);
        rows += await session.Db.Commands.Where(command => whole.Contains(command.Order)).ExecuteDeleteAsync(cancellationToken);
        rows += await session.Db.CommandEvents.Where(e => whole.Contains(e.CommandOrder)).ExecuteDeleteAsync(cancellationToken);

        orders.RemoveAll(whole.Contains);
        await RemoveFromTargetsAsync(session, orders, cancellationToken);
        var open = erased.Where(execution => execution.State < ExecutionState.Succeeded && orders.Contains(execution.Order)).ToList();
        await EndOpenAsync(session, open, now, cancellationToken);
        return rows;
    }

    /// <summary>A stored target without the vehicle; null when it does not name it.</summary>
    internal static string? RemoveFromTarget(string target, string vehicleId)
    {
        if (JsonNode.Parse(target) is not JsonObject json || json["vehicleIds"] is not JsonArray ids)
        {
            return null;
        }

        var named = ids.Where(id => id?.GetValueKind() == JsonValueKind.String && id.GetValue<string>() == vehicleId).ToList();
        named.ForEach(id => ids.Remove(id));
        return named.Count == 0 ? null : json.ToJsonString();
    }

    private async Task<List<(long Order, ExecutionState State)>> DeleteExecutionsAsync(WriteSession session, CancellationToken cancellationToken)
    {
        await using var delete = session.CreateCommand(
            """
            DELETE FROM command_execution WHERE vehicle_key = @vehicle AND command_order IN (
                SELECT command_order FROM command_execution WHERE vehicle_key = @vehicle ORDER BY command_order LIMIT @rows)
            RETURNING command_order, state
            """);
        delete.AddParameter("@vehicle", vehicleKey);
        delete.AddParameter("@rows", executions);
        var erased = new List<(long, ExecutionState)>();
        await using var rows = await delete.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            erased.Add((rows.GetInt64(0), (ExecutionState)rows.GetInt32(1)));
        }

        return erased;
    }

    private async Task RemoveFromTargetsAsync(WriteSession session, List<long> orders, CancellationToken cancellationToken)
    {
        var targets = await session.Db.Commands.AsNoTracking()
            .Where(command => orders.Contains(command.Order) && !command.IsBroadcast)
            .Select(command => new { command.Order, command.Target })
            .ToListAsync(cancellationToken);
        foreach (var command in targets)
        {
            if (RemoveFromTarget(command.Target, vehicleId) is { } target)
            {
                await session.Db.Commands.Where(c => c.Order == command.Order).ExecuteUpdateAsync(set => set.SetProperty(c => c.Target, target), cancellationToken);
            }
        }
    }

    // The deletion of the vehicle ends them too, if Commands is there to see it; whichever comes first.
    private static async Task EndOpenAsync(WriteSession session, List<(long Order, ExecutionState State)> open, DateTime now, CancellationToken cancellationToken)
    {
        if (open.Count == 0)
        {
            return;
        }

        foreach (var (order, state) in open.Order())
        {
            var deltas = new long[CommandCounters.StateCount];
            deltas[(int)state]--;
            deltas[(int)ExecutionState.Canceled]++;
            await CommandCounters.AddAsync(session, order, deltas, cancellationToken);
        }

        await CommandCounters.CompleteAsync(session, open.Select(execution => execution.Order), "erasure", now, cancellationToken);
    }
}
