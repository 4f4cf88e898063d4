using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Telematics.Commands.Executions;
using Telematics.Storage;
using Telematics.Storage.Model;

namespace Telematics.Commands.Dispatch;

/// <summary>Ends the executions of commands whose time to live has passed, except what is at a car.</summary>
internal sealed class ExpirySweep(
    ITelematicsDatabase database,
    ExecutionJournal journal,
    ExecutionTimes times,
    DispatchWake wake,
    IOptions<CommandsOptions> options,
    TimeProvider clock)
{
    private readonly int _pageSize = options.Value.PageSize;

    /// <summary>One round.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = Now();
        List<Command> due;
        await using (var db = database.CreateReader())
        {
            due = await db.Commands
                .Where(command => (command.State == CommandState.Running || command.State == CommandState.Canceling)
                    && command.NotAfter <= now && command.ReleasedAt != null
                    && (command.ExpiredAt == null || command.CountCreated > 0 || command.CountQueued > 0))
                .OrderBy(command => command.NotAfter)
                .Take(100)
                .ToListAsync(cancellationToken);
        }

        foreach (var command in due)
        {
            long? after = command.CountCreated + command.CountQueued > 0 ? long.MinValue : null;
            while (after is not null)
            {
                after = await ExpirePageAsync(command.Order, after.Value, cancellationToken);
            }

            await MarkAsync(command.Order, cancellationToken);
        }
    }

    /// <returns>After which vehicle the next page begins, or null when this was the last.</returns>
    private async Task<long?> ExpirePageAsync(long order, long after, CancellationToken cancellationToken)
    {
        var now = Now();
        await using var session = await database.BeginWriteAsync(cancellationToken);
        var rows = await ExecutionReader.ReadAsync(
            session,
            $"e.command_order = @order AND e.vehicle_key > @after AND +e.state IN (0, 1) ORDER BY e.vehicle_key LIMIT {_pageSize}",
            [("@order", order), ("@after", after)],
            cancellationToken);
        var changes = rows
            .Select(row => times.By(row, ExecutionSignal.TimeToLivePassed, Actors.Commands, ServerReasons.Expired, now))
            .OfType<ExecutionChange>()
            .ToList();
        if (changes.Count == 0)
        {
            return null;
        }

        var outcome = await journal.WriteAsync(session, changes, now, cancellationToken);
        await session.CommitAsync(cancellationToken);
        if (outcome.HasWork)
        {
            wake.Wake();
        }

        return rows.Count == _pageSize ? rows[^1].VehicleKey : null;
    }

    private async Task MarkAsync(long order, CancellationToken cancellationToken)
    {
        await using var session = await database.BeginWriteAsync(cancellationToken);
        await using var mark = session.CreateCommand("""UPDATE command SET expired_at = @now WHERE "order" = @order""");
        mark.AddParameter("@order", order);
        mark.AddParameter("@now", Now());
        await mark.ExecuteNonQueryAsync(cancellationToken);
        await session.CommitAsync(cancellationToken);
    }

    private DateTime Now() => clock.GetUtcNow().UtcDateTime;
}
