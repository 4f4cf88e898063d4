using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Commands.Executions;
using Telematics.Storage;
using Telematics.Storage.Model;

namespace Telematics.Commands.Dispatch;

/// <summary>
/// Carries cancels out: what waits is canceled at once; what was appended and is not delivered is asked back from all
/// gateways, and ends by their answer, by the car's, or by its delivery timeout. Runs in the dispatcher's own loop, so that
/// a withdrawal never overtakes the append of what it withdraws.
/// </summary>
internal sealed class CancelSweep(
    ITelematicsDatabase database,
    GatewayOrders orders,
    ExecutionJournal journal,
    ExecutionTimes times,
    CommandsMetrics metrics,
    IOptions<CommandsOptions> options,
    TimeProvider clock,
    ILogger<CancelSweep> logger)
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(30);

    private readonly int _pageSize = options.Value.PageSize;
    private readonly TimeSpan _appendTimeout = TimeSpan.FromSeconds(options.Value.AppendTimeoutSeconds);
    private DateTimeOffset _pausedUntil;

    /// <summary>Carries out every cancel that is not.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (clock.GetUtcNow() < _pausedUntil)
        {
            return;
        }

        List<Command> due;
        await using (var db = database.CreateReader())
        {
            due = await db.Commands
                .Where(command => command.State == CommandState.Canceling
                    && (command.WithdrawnAt == null || command.CountCreated > 0 || command.CountQueued > 0))
                .OrderBy(command => command.Order)
                .Take(100)
                .ToListAsync(cancellationToken);
        }

        foreach (var command in due)
        {
            long? after = long.MinValue;
            while (after is not null)
            {
                after = await CancelPageAsync(command, after.Value, cancellationToken);
            }

            if (command.WithdrawnAt is null)
            {
                await WithdrawAsync(command, cancellationToken);
            }
        }
    }

    /// <returns>After which vehicle the next page begins, or null when this was the last.</returns>
    private async Task<long?> CancelPageAsync(Command command, long after, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        await using var session = await database.BeginWriteAsync(cancellationToken);
        var rows = await ExecutionReader.ReadAsync(
            session,
            $"e.command_order = @order AND e.vehicle_key > @after AND +e.state IN (0, 1) ORDER BY e.vehicle_key LIMIT {_pageSize}",
            [("@order", command.Order), ("@after", after)],
            cancellationToken);
        if (rows.Count == 0)
        {
            return null;
        }

        var actor = command.CanceledBy ?? Actors.Commands;
        var changes = rows
            .Select(row => times.By(row, ExecutionSignal.Canceled, actor, ServerReasons.Canceled, now))
            .OfType<ExecutionChange>()
            .ToList();
        await journal.WriteAsync(session, changes, now, cancellationToken);
        await session.CommitAsync(cancellationToken);
        return rows.Count == _pageSize ? rows[^1].VehicleKey : null;
    }

    private async Task WithdrawAsync(Command command, CancellationToken cancellationToken)
    {
        var watch = new AppendWatch();
        await using (var db = database.CreateReader())
        {
            if (command.IsBroadcast)
            {
                // For a gateway, a broadcast and its directed executions are one command.
                if (await db.Commands.AnyAsync(c => c.Order == command.Order && c.CountSent > 0, cancellationToken))
                {
                    orders.Withdraw(watch, command.Id, vehicleId: null);
                }
            }
            else
            {
                var vehicles = await db.CommandExecutions
                    .Where(execution => execution.CommandOrder == command.Order && execution.State == ExecutionState.Sent)
                    .Join(db.Vehicles, execution => execution.VehicleKey, vehicle => vehicle.Id, (_, vehicle) => vehicle.VehicleId)
                    .ToListAsync(cancellationToken);
                foreach (var vehicle in vehicles)
                {
                    orders.Withdraw(watch, command.Id, vehicle);
                }
            }
        }

        if (!await watch.AreStoredWithinAsync(_appendTimeout, clock, cancellationToken))
        {
            // A broker that is away does not hold up the others' orders.
            _pausedUntil = clock.GetUtcNow() + PauseAfterFailure;
            metrics.AppendFailed(watch.NotStored);
            logger.WithdrawNotStored(command.Id, watch.NotStored);
            return;
        }

        await using var session = await database.BeginWriteAsync(cancellationToken);
        await using var mark = session.CreateCommand("""UPDATE command SET withdrawn_at = @now WHERE "order" = @order""");
        mark.AddParameter("@now", clock.GetUtcNow().UtcDateTime);
        mark.AddParameter("@order", command.Order);
        await mark.ExecuteNonQueryAsync(cancellationToken);
        await session.CommitAsync(cancellationToken);
    }
}
