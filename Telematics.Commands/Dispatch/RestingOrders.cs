using Microsoft.Extensions.Options;
using Telematics.Commands.Executions;
using Telematics.Storage;
using Telematics.Storage.Model;

namespace Telematics.Commands.Dispatch;

/// <summary>
/// Orders that cannot go on, behind an earlier order of their vehicle or for want of a connection: they rest, without a
/// deadline, until what they wait for happens. Who puts one to rest and who would wake it may pass each other, each not
/// yet seeing the other's transaction. So who put to rest looks once more behind its own commit, when all have ended that
/// were waking meanwhile (<see cref="WriteSession.LockWakingAsync"/>).
/// </summary>
internal sealed class RestingOrders(ITelematicsDatabase database, IOptions<CommandsOptions> options, TimeProvider clock)
{
    /// <summary>An earlier directed order of the same vehicle that is not delivered. "state &lt;= 2" is the filter of its index.</summary>
    public const string HasEarlier =
        """
        EXISTS (SELECT 1 FROM command_execution b
            WHERE b.vehicle_key = e.vehicle_key AND b.command_order < e.command_order AND b.state <= 2 AND b.is_directed)
        """;

    /// <summary>The vehicle's newest channel is open, and its gateway has not ended.</summary>
    public const string IsOnline =
        """
        EXISTS (SELECT 1 FROM vehicle v JOIN vehicle_connection c ON c.client_id = v.vehicle_id
            LEFT JOIN gateway_instance g ON g.instance = c.instance
            WHERE v.id = e.vehicle_key AND v.deleted_at IS NULL AND c.is_open AND c.is_vehicle AND g.ended_at IS NULL)
        """;

    /// <summary>Rests although nothing is in its way.</summary>
    public const string IsForgotten = $"e.deadline IS NULL AND ((e.state = 0 AND NOT {HasEarlier}) OR (e.state = 1 AND {IsOnline}))";

    private readonly int _pageSize = options.Value.PageSize;

    /// <summary>Puts to rest what is due and cannot go on, a page at most. <see cref="WakeForgottenAsync"/> follows the commit.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="state">Created: those behind an earlier order. Queued: those without a connection.</param>
    /// <param name="now">The time by which they are due.</param>
    /// <param name="cancellationToken">Ends the write.</param>
    public async Task<List<(long CommandOrder, long VehicleKey)>> RestAsync(WriteSession session, ExecutionState state, DateTime now, CancellationToken cancellationToken)
    {
        var isBlocked = state == ExecutionState.Created ? HasEarlier : $"NOT {IsOnline}";
        await using var rest = session.CreateCommand(
            $"""
            UPDATE command_execution SET deadline = NULL
            WHERE +state = @state AND (command_order, vehicle_key) IN (
                SELECT e.command_order, e.vehicle_key FROM command_execution e WHERE e.state = @state AND e.deadline <= @now AND {isBlocked} LIMIT {_pageSize})
            RETURNING command_order, vehicle_key
            """);
        rest.AddParameter("@state", (int)state);
        rest.AddParameter("@now", now);
        var rested = new List<(long, long)>();
        await using var rows = await rest.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            rested.Add((rows.GetInt64(0), rows.GetInt64(1)));
        }

        return rested;
    }

    /// <summary>Wakes what rests although nothing is in its way: who put it to rest may have died before it looked once more.</summary>
    /// <returns>Whether there are any.</returns>
    public async Task<bool> RecheckAsync(CancellationToken cancellationToken)
    {
        var found = new List<(long CommandOrder, long VehicleKey)>();

        // Not in the write slot: there may be very many that wait for their car.
        await using (var db = database.CreateReader())
        await using (var select = await ExecutionReader.CreateSelectAsync(
            db, $"SELECT e.command_order, e.vehicle_key FROM command_execution e WHERE e.state IN (0, 1) AND {IsForgotten} LIMIT {_pageSize}", [], cancellationToken))
        await using (var rows = await select.ExecuteReaderAsync(cancellationToken))
        {
            while (await rows.ReadAsync(cancellationToken))
            {
                found.Add((rows.GetInt64(0), rows.GetInt64(1)));
            }
        }

        return await WakeForgottenAsync(found, cancellationToken);
    }

    /// <summary>Makes due again which of these rest although nothing is in their way; answers whether there are any.</summary>
    public async Task<bool> WakeForgottenAsync(IReadOnlyCollection<(long CommandOrder, long VehicleKey)> rested, CancellationToken cancellationToken)
    {
        if (rested.Count == 0)
        {
            return false;
        }

        var woken = 0;
        await using var session = await database.BeginWriteAsync(cancellationToken);
        await session.LockWakingAsync(isAlone: true, cancellationToken);
        foreach (var command in rested.GroupBy(execution => execution.CommandOrder).OrderBy(group => group.Key))
        {
            await using var wake = session.CreateCommand(
                $"UPDATE command_execution AS e SET deadline = @now WHERE e.command_order = @order AND e.vehicle_key IN ({ExecutionReader.List(command.Select(execution => execution.VehicleKey))}) AND {IsForgotten}");
            wake.AddParameter("@now", clock.GetUtcNow().UtcDateTime);
            wake.AddParameter("@order", command.Key);
            woken += await wake.ExecuteNonQueryAsync(cancellationToken);
        }

        await session.CommitAsync(cancellationToken);
        return woken > 0;
    }
}
