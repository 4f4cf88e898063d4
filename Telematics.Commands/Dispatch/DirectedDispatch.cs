using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Commands.Executions;
using Telematics.Storage;
using Telematics.Storage.Model;

namespace Telematics.Commands.Dispatch;

/// <summary>
/// Directed orders: releases those whose turn has come, claims those whose car is online, commits, and appends. A crash
/// between commit and append costs one delivery timeout.
/// </summary>
internal sealed class DirectedDispatch(
    ITelematicsDatabase database,
    GatewayOrders orders,
    RestingOrders resting,
    ExecutionJournal journal,
    ExecutionTimes times,
    CommandsMetrics metrics,
    IOptions<CommandsOptions> options,
    TimeProvider clock,
    ILogger<DirectedDispatch> logger)
{
    private readonly int _pageSize = options.Value.PageSize;

    /// <summary>One round.</summary>
    /// <returns>Whether there is more to do at once.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var rested = new List<(long CommandOrder, long VehicleKey)>();
        var hasMore = await ReleaseAsync(rested, cancellationToken);
        var claims = await ClaimAsync(rested, cancellationToken);
        if (claims.Count > 0)
        {
            Append(claims);
        }

        var isAnyForgotten = await resting.WakeForgottenAsync(rested, cancellationToken);
        return hasMore || isAnyForgotten || rested.Count >= _pageSize || claims.Count == _pageSize;
    }

    /// <summary>created → queued for those due; those behind an earlier order wait until it is delivered or ended.</summary>
    private async Task<bool> ReleaseAsync(List<(long CommandOrder, long VehicleKey)> rested, CancellationToken cancellationToken)
    {
        var now = Now();
        if (!await AnyDueAsync(ExecutionState.Created, now, cancellationToken))
        {
            return false;
        }

        await using var session = await database.BeginWriteAsync(cancellationToken);
        var rows = await ExecutionReader.ReadAsync(
            session,
            $"e.state = 0 AND e.deadline <= @now AND k.state = 0 AND k.not_after > @now AND NOT {RestingOrders.HasEarlier} ORDER BY e.deadline, e.command_order LIMIT {_pageSize}",
            [("@now", now)],
            cancellationToken);
        var changes = rows.Select(row => times.By(row, ExecutionSignal.Released, Actors.Commands, null, now)).OfType<ExecutionChange>().ToList();
        var outcome = await journal.WriteAsync(session, changes, now, cancellationToken);
        if (rows.Count < _pageSize)
        {
            rested.AddRange(await resting.RestAsync(session, ExecutionState.Created, now, cancellationToken));
        }

        await session.CommitAsync(cancellationToken);
        return outcome.Written > 0 && rows.Count == _pageSize;
    }

    private async Task<List<Claim>> ClaimAsync(List<(long CommandOrder, long VehicleKey)> rested, CancellationToken cancellationToken)
    {
        var now = Now();
        if (!await AnyDueAsync(ExecutionState.Queued, now, cancellationToken))
        {
            return [];
        }

        // The timeout begins when it is our turn to write.
        await using var session = await database.BeginWriteAsync(cancellationToken);
        now = Now();
        var claims = new List<Claim>();
        await using (var update = session.CreateCommand(
            $"""
            UPDATE command_execution SET
                state = 2, version = version + 1, attempt = attempt + 1, deadline = @deadline, updated_at = @now,
                instance = (SELECT c.instance FROM vehicle v JOIN vehicle_connection c ON c.client_id = v.vehicle_id WHERE v.id = vehicle_key)
            WHERE +state = 1 AND (command_order, vehicle_key) IN (
                SELECT e.command_order, e.vehicle_key FROM command_execution e JOIN command k ON k."order" = e.command_order
                WHERE e.state = 1 AND e.deadline <= @now AND k.state = 0 AND k.not_after > @now AND {RestingOrders.IsOnline}
                ORDER BY e.deadline, e.command_order LIMIT {_pageSize})
            RETURNING command_order, vehicle_key, attempt, instance, is_directed, version
            """))
        {
            update.AddParameter("@now", now);
            update.AddParameter("@deadline", now + times.DeliveryTimeout);
            await using var rows = await update.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
            {
                claims.Add(new Claim(rows.GetInt64(0), rows.GetInt64(1), rows.GetInt32(2), rows.GetString(3), rows.GetBoolean(4), rows.GetInt32(5)));
            }
        }

        if (claims.Count < _pageSize)
        {
            // The rest waits for its car's connect event.
            rested.AddRange(await resting.RestAsync(session, ExecutionState.Queued, now, cancellationToken));
        }

        if (claims.Count > 0)
        {
            await LoadAsync(session, claims, cancellationToken);
            await journal.RecordAsync(session, [.. claims.Select(claim => claim.ToChange())], now, cancellationToken);
        }

        await session.CommitAsync(cancellationToken);
        return claims;
    }

    private void Append(List<Claim> claims)
    {
        var messages = claims.Select(claim => claim.Command).Distinct().ToDictionary(command => command.Order, command => new CommandMessage(command));
        var watch = new AppendWatch();
        foreach (var claim in claims.OrderBy(claim => claim.CommandOrder))
        {
            orders.Directed(watch, messages[claim.CommandOrder], claim.VehicleId, claim.Attempt, claim.Instance, claim.ChannelId);
        }

        // Not waited for: a broker that is away keeps the orders of its own cars only. Their delivery timeouts run already.
        _ = ReportAsync(watch, claims.Count);
    }

    private async Task ReportAsync(AppendWatch watch, int count)
    {
        await watch.WhenSettledAsync(CancellationToken.None);
        if (watch.NotStored > 0)
        {
            metrics.AppendFailed(watch.NotStored);
            logger.AppendsFailed(watch.NotStored, count);
        }
    }

    private async Task<bool> AnyDueAsync(ExecutionState state, DateTime now, CancellationToken cancellationToken)
    {
        await using var db = database.CreateReader();
        return await db.CommandExecutions.AnyAsync(execution => execution.State == state && execution.Deadline <= now, cancellationToken);
    }

    private static async Task LoadAsync(WriteSession session, List<Claim> claims, CancellationToken cancellationToken)
    {
        var commands = (await session.Db.Commands.AsNoTracking()
            .Where(command => claims.Select(claim => claim.CommandOrder).Distinct().Contains(command.Order))
            .ToListAsync(cancellationToken)).ToDictionary(command => command.Order);
        var cars = new Dictionary<long, (string VehicleId, string ChannelId)>(claims.Count);
        foreach (var chunk in claims.Select(claim => claim.VehicleKey).Distinct().Chunk(1_000))
        {
            await using var select = session.CreateCommand(
                $"SELECT v.id, v.vehicle_id, c.channel_id FROM vehicle v JOIN vehicle_connection c ON c.client_id = v.vehicle_id WHERE v.id IN ({ExecutionReader.List(chunk)})");
            await using var rows = await select.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
            {
                cars.Add(rows.GetInt64(0), (rows.GetString(1), rows.GetString(2)));
            }
        }

        foreach (var claim in claims)
        {
            claim.Command = commands[claim.CommandOrder];
            (claim.VehicleId, claim.ChannelId) = cars[claim.VehicleKey];
        }
    }

    private DateTime Now() => clock.GetUtcNow().UtcDateTime;

    private sealed class Claim(long commandOrder, long vehicleKey, int attempt, string instance, bool isDirected, int version)
    {
        public long CommandOrder { get; } = commandOrder;

        public long VehicleKey { get; } = vehicleKey;

        public int Attempt { get; } = attempt;

        public string Instance { get; } = instance;

        public Command Command { get; set; } = null!;

        public string VehicleId { get; set; } = "";

        public string ChannelId { get; set; } = "";

        public ExecutionChange ToChange() => new()
        {
            Row = new ExecutionRow
            {
                CommandOrder = CommandOrder,
                VehicleKey = VehicleKey,
                State = ExecutionState.Queued,
                Version = version - 1,
                Attempt = Attempt,
                IsDirected = isDirected,
                IsSoft = false,
                CommandType = Command.Type,
                CommandState = Command.State,
                IsBroadcast = Command.IsBroadcast,
                NotAfter = Command.NotAfter,
            },
            Arrow = new ExecutionArrow(ExecutionState.Sent),
            Actor = Actors.Commands,
        };
    }
}
