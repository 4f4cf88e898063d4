using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Commands.Executions;
using Telematics.Storage;
using Telematics.Storage.Model;

namespace Telematics.Commands.Dispatch;

/// <summary>
/// Releases broadcasts: an execution for every vehicle that is known when the release begins, in pages; then the claim of
/// the one message; then the append. Each step is a transaction of its own that finds by the command's row how far the
/// release is, so it goes on where a crash left it.
/// </summary>
internal sealed class BroadcastRelease(
    ITelematicsDatabase database,
    GatewayOrders orders,
    ExecutionTimes times,
    CommandsMetrics metrics,
    IOptions<CommandsOptions> options,
    TimeProvider clock,
    ILogger<BroadcastRelease> logger)
{
    private readonly int _pageSize = options.Value.PageSize;
    private readonly TimeSpan _appendTimeout = TimeSpan.FromSeconds(options.Value.AppendTimeoutSeconds);

    /// <summary>Brings every broadcast that is not released to its end.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        List<Command> due;
        await using (var db = database.CreateReader())
        {
            due = await db.Commands
                .Where(command => (command.State == CommandState.Running || command.State == CommandState.Canceling) && command.ReleasedAt == null && command.IsBroadcast)
                .OrderBy(command => command.Order)
                .Take(100)
                .ToListAsync(cancellationToken);
        }

        foreach (var command in due)
        {
            await ReleaseAsync(command, cancellationToken);
        }
    }

    private async Task ReleaseAsync(Command command, CancellationToken cancellationToken)
    {
        while (await InsertPageAsync(command.Order, cancellationToken))
        {
        }

        if (await ClaimAsync(command.Order, cancellationToken))
        {
            var watch = new AppendWatch();
            orders.Broadcast(watch, new CommandMessage(command));
            if (!await watch.AreStoredWithinAsync(_appendTimeout, clock, cancellationToken))
            {
                // Its delivery timeout brings the claim again; a broker that is away does not hold up the others' orders.
                metrics.AppendFailed(watch.NotStored);
                logger.BroadcastNotStored(command.Id);
                return;
            }

            await CompleteAsync(command.Order, cancellationToken);
        }
    }

    /// <returns>Whether there may be another page.</returns>
    private async Task<bool> InsertPageAsync(long order, CancellationToken cancellationToken)
    {
        var now = Now();
        await using var session = await database.BeginWriteAsync(cancellationToken);
        await session.LockRegistryAsync(RegistryAccess.Follow, cancellationToken);
        var command = await session.Db.Commands.AsNoTracking().SingleAsync(c => c.Order == order, cancellationToken);
        if (command.State != CommandState.Running || command.ReleaseCursor >= command.ReleaseEnd)
        {
            return false;
        }

        // What is registered later has a higher number.
        var end = command.ReleaseEnd ?? await session.Db.Vehicles.MaxAsync(vehicle => (long?)vehicle.Id, cancellationToken) ?? 0;
        var last = await session.Db.Vehicles.AsNoTracking()
            .Where(vehicle => vehicle.Id > command.ReleaseCursor && vehicle.Id <= end)
            .OrderBy(vehicle => vehicle.Id)
            .Select(vehicle => vehicle.Id)
            .Skip(_pageSize - 1)
            .FirstOrDefaultAsync(cancellationToken);
        var to = last == 0 ? end : last;
        await using (var move = session.CreateCommand(
            """UPDATE command SET release_cursor = @to, release_end = @end WHERE "order" = @order AND release_cursor = @from AND state = 0"""))
        {
            move.AddParameter("@to", to);
            move.AddParameter("@end", end);
            move.AddParameter("@order", order);
            move.AddParameter("@from", command.ReleaseCursor);
            if (await move.ExecuteNonQueryAsync(cancellationToken) != 1)
            {
                return false;
            }
        }

        await InsertExecutionsAsync(session, command, to, now, cancellationToken);
        await session.CommitAsync(cancellationToken);
        return to < end;
    }

    // Cars that are online are carried by the broadcast's message. The others get theirs one by one: queued until they
    // connect, or created while an earlier directed order of theirs is not delivered. What is released too late to be sent
    // stays created, and the sweep of the time to live ends it.
    private static async Task InsertExecutionsAsync(WriteSession session, Command command, long to, DateTime now, CancellationToken cancellationToken)
    {
        var deltas = new long[CommandCounters.StateCount];
        await using (var insert = session.CreateCommand(
            """
            INSERT INTO command_execution (command_order, vehicle_key, state, version, attempt, instance, deadline, is_directed, is_soft, is_late, updated_at)
            SELECT @order, s.id, s.state, 0, CASE WHEN @late THEN 0 ELSE 1 END, s.instance, NULL, s.state <> 2, FALSE, FALSE, @now
            FROM (
                SELECT v.id, c.instance,
                    CASE WHEN @late THEN 0
                        WHEN c.is_open AND c.is_vehicle AND g.ended_at IS NULL THEN 2
                        WHEN EXISTS (SELECT 1 FROM command_execution b WHERE b.vehicle_key = v.id AND b.command_order < @order AND b.state <= 2 AND b.is_directed) THEN 0
                        ELSE 1 END AS state
                FROM vehicle v
                    LEFT JOIN vehicle_connection c ON c.client_id = v.vehicle_id
                    LEFT JOIN gateway_instance g ON g.instance = c.instance
                WHERE v.id > @from AND v.id <= @to AND v.deleted_at IS NULL) AS s
            RETURNING state
            """))
        {
            insert.AddParameter("@order", command.Order);
            insert.AddParameter("@from", command.ReleaseCursor);
            insert.AddParameter("@to", to);
            insert.AddParameter("@now", now);
            insert.AddParameter("@late", command.NotAfter <= now);
            await using var rows = await insert.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
            {
                deltas[rows.GetInt32(0)]++;
            }
        }

        await using (var events = session.CreateCommand(
            """
            INSERT INTO command_event (command_order, vehicle_key, "from", "to", actor, attempt, at)
            SELECT command_order, vehicle_key, NULL, state, @actor, attempt, @now FROM command_execution
            WHERE command_order = @order AND vehicle_key > @from AND vehicle_key <= @to
            """))
        {
            events.AddParameter("@actor", Actors.Commands);
            events.AddParameter("@order", command.Order);
            events.AddParameter("@from", command.ReleaseCursor);
            events.AddParameter("@to", to);
            events.AddParameter("@now", now);
            await events.ExecuteNonQueryAsync(cancellationToken);
        }

        await CommandCounters.AddAsync(session, command.Order, deltas, cancellationToken);
    }

    /// <summary>Sets the delivery timeout of the one message, or ends the release of one that is canceled or too late.</summary>
    /// <returns>Whether the message is to be appended by us.</returns>
    private async Task<bool> ClaimAsync(long order, CancellationToken cancellationToken)
    {
        var now = Now();
        await using var session = await database.BeginWriteAsync(cancellationToken);
        var command = await session.Db.Commands.AsNoTracking().SingleAsync(c => c.Order == order, cancellationToken);
        if (command.ReleasedAt is not null)
        {
            return false;
        }

        if (command.State == CommandState.Running && command.ReleaseCursor < command.ReleaseEnd)
        {
            return false;
        }

        if (command.State != CommandState.Running || command.NotAfter <= now)
        {
            await MarkReleasedAsync(session, order, now, deadline: now, cancellationToken);
            await CommandCounters.AddEventAsync(session, order, Actors.Commands, command.State == CommandState.Running ? "expiredBeforeRelease" : "canceledBeforeRelease", now, cancellationToken);
            await CommandCounters.CompleteAsync(session, [order], Actors.Commands, now, cancellationToken);
            await session.CommitAsync(cancellationToken);
            return false;
        }

        // Who appends has until the timeout; after it, as after a crash, the message is appended again.
        await using (var claim = session.CreateCommand(
            """UPDATE command SET broadcast_deadline = @deadline WHERE "order" = @order AND released_at IS NULL AND (broadcast_deadline IS NULL OR broadcast_deadline <= @now)"""))
        {
            claim.AddParameter("@deadline", now + times.BroadcastTimeout(command.CountCreated + command.CountQueued + command.CountSent));
            claim.AddParameter("@order", order);
            claim.AddParameter("@now", now);
            if (await claim.ExecuteNonQueryAsync(cancellationToken) != 1)
            {
                return false;
            }
        }

        await session.CommitAsync(cancellationToken);
        return true;
    }

    private async Task CompleteAsync(long order, CancellationToken cancellationToken)
    {
        var now = Now();
        await using var session = await database.BeginWriteAsync(cancellationToken);
        await MarkReleasedAsync(session, order, now, deadline: null, cancellationToken);
        await CommandCounters.AddEventAsync(session, order, Actors.Commands, "broadcast", now, cancellationToken);
        await CommandCounters.CompleteAsync(session, [order], Actors.Commands, now, cancellationToken);
        await session.CommitAsync(cancellationToken);
    }

    private static async Task MarkReleasedAsync(WriteSession session, long order, DateTime now, DateTime? deadline, CancellationToken cancellationToken)
    {
        await using var mark = session.CreateCommand(
            """UPDATE command SET released_at = @now, broadcast_deadline = COALESCE(@deadline, broadcast_deadline) WHERE "order" = @order AND released_at IS NULL""");
        mark.AddParameter("@now", now);
        mark.AddParameter("@deadline", deadline);
        mark.AddParameter("@order", order);
        await mark.ExecuteNonQueryAsync(cancellationToken);
    }

    private DateTime Now() => clock.GetUtcNow().UtcDateTime;
}
