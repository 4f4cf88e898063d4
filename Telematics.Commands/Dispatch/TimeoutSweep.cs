using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Telematics.Commands.Executions;
using Telematics.Contracts;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Model;

namespace Telematics.Commands.Dispatch;

/// <summary>
/// Delivery and execution timeouts. One fires only when the receipts of the gateway (or the results of the car) have been
/// read up to a moment beyond it: while we were down, or the log is, cars are not silent. With one broker away the
/// timeouts fire whose receipts come by another; those of a broadcast, whose cars may be anywhere, wait.
/// </summary>
internal sealed class TimeoutSweep
{
    private const string OnItsWay = "e.state = 2";
    private const string AtTheCar = "e.state IN (3, 4, 5)";
    private const int PagesPerPass = 20;

    // Passes that have met many executions whose queue stands still are this far apart.
    private static readonly TimeSpan StandstillInterval = TimeSpan.FromSeconds(10);

    private readonly ITelematicsDatabase _database;
    private readonly ExecutionJournal _journal;
    private readonly ExecutionTimes _times;
    private readonly DispatchWake _wake;
    private readonly TimeProvider _clock;
    private readonly int _pageSize;
    private readonly ReadHorizon _receipts;
    private readonly ReadHorizon _results;
    private DateTime _nextDeliveries;
    private DateTime _nextExecutions;

    public TimeoutSweep(
        ITelematicsDatabase database,
        IMessageLog log,
        ExecutionJournal journal,
        ExecutionTimes times,
        DispatchWake wake,
        IOptions<CommandsOptions> options,
        TimeProvider clock)
    {
        _database = database;
        _journal = journal;
        _times = times;
        _wake = wake;
        _clock = clock;
        _pageSize = options.Value.PageSize;
        _receipts = new ReadHorizon(log, database, clock, ConsumerGroup.Name, TopicNames.CommandReceipt);
        _results = new ReadHorizon(log, database, clock, ConsumerGroup.Name, TopicNames.CommandResult);
    }

    /// <summary>One round.</summary>
    /// <exception cref="MessageLogException">Something has run out, and the log does not say what it holds.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await TimeOutDeliveriesAsync(cancellationToken);
        await TimeOutExecutionsAsync(cancellationToken);
    }

    private async Task TimeOutDeliveriesAsync(CancellationToken cancellationToken)
    {
        var now = Now();
        var broadcasts = await FindBroadcastsAsync(now, cancellationToken);
        var isAnyDirected = now >= _nextDeliveries && await AnyDueAsync(OnItsWay, now, cancellationToken);
        if (broadcasts.Count == 0 && !isAnyDirected)
        {
            return;
        }

        await _receipts.AdvanceAsync(cancellationToken);
        if (isAnyDirected)
        {
            // A gateway writes its receipts by its instance; one that was ended goes on under another name.
            _nextDeliveries = await SweepAsync(
                new Selection(OnItsWay, "e.deadline <= @upTo", "(SELECT g.instance FROM gateway_instance g WHERE g.instance = e.instance AND g.ended_at IS NULL)", [("@upTo", _receipts.Latest)]), _receipts.IsReadUpTo, TimeOutDelivery, cancellationToken);
        }

        foreach (var (order, _) in broadcasts.Where(broadcast => broadcast.Deadline <= _receipts.Earliest))
        {
            await TimeOutBroadcastAsync(order, cancellationToken);
        }
    }

    private async Task TimeOutExecutionsAsync(CancellationToken cancellationToken)
    {
        var now = Now();
        if (now < _nextExecutions || !await AnyDueAsync(AtTheCar, now, cancellationToken))
        {
            return;
        }

        await _results.AdvanceAsync(cancellationToken);
        _nextExecutions = await SweepAsync(
            new Selection(AtTheCar, "e.deadline <= @upTo", "(SELECT v.vehicle_id FROM vehicle v WHERE v.id = e.vehicle_key)", [("@upTo", _results.Latest)]),
            _results.IsReadUpTo,
            row => _times.By(row, ExecutionSignal.ExecutionTimedOut, Actors.Commands, ServerReasons.ExecutionTimeout, Now()),
            cancellationToken);
    }

    // A broadcast's own message is timed by its command.
    private async Task TimeOutBroadcastAsync(long order, CancellationToken cancellationToken)
    {
        var selection = new Selection(OnItsWay, "e.deadline IS NULL AND +e.command_order = @order", "NULL", [("@order", order)]);
        await SweepAsync(selection, (_, _) => true, TimeOutDelivery, cancellationToken);
        if (!await AnyAsync(selection, cancellationToken))
        {
            await using var session = await _database.BeginWriteAsync(cancellationToken);
            await using var mark = session.CreateCommand("""UPDATE command SET broadcast_deadline = NULL WHERE "order" = @order""");
            mark.AddParameter("@order", order);
            await mark.ExecuteNonQueryAsync(cancellationToken);
            await session.CommitAsync(cancellationToken);
        }
    }

    private ExecutionChange? TimeOutDelivery(ExecutionRow row) =>
        _times.AfterLostAttempt(row, ExecutionSignal.DeliveryTimedOut, isLatestAttempt: true, Actors.Commands, Now());

    private async Task<List<(long Order, DateTime Deadline)>> FindBroadcastsAsync(DateTime now, CancellationToken cancellationToken)
    {
        await using var db = _database.CreateReader();
        var due = await db.Commands
            .Where(command => (command.State == CommandState.Running || command.State == CommandState.Canceling)
                && command.ReleasedAt != null && command.BroadcastDeadline <= now)
            .Select(command => new { command.Order, command.BroadcastDeadline })
            .ToListAsync(cancellationToken);
        return [.. due.Select(command => (command.Order, command.BroadcastDeadline!.Value))];
    }

    /// <summary>Times out what may be, page by page.</summary>
    /// <returns>When the next pass may begin.</returns>
    private async Task<DateTime> SweepAsync(Selection selection, Func<string?, DateTime, bool> isReadUpTo, Func<ExecutionRow, ExecutionChange?> decide, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (due, left) = await FindDueAsync(selection, isReadUpTo, cancellationToken);
            var written = 0;
            foreach (var page in due.Chunk(_pageSize))
            {
                written += await WriteAsync(selection, page, decide, cancellationToken);
            }

            if (written == 0 || due.Count < PagesPerPass * _pageSize)
            {
                return left > _pageSize ? Now() + StandstillInterval : DateTime.MinValue;
            }
        }
    }

    // Not in the write slot: mostly there is nothing, and in a standstill very much that has to wait.
    private async Task<(List<(long Order, long VehicleKey)> Due, int Left)> FindDueAsync(Selection selection, Func<string?, DateTime, bool> isReadUpTo, CancellationToken cancellationToken)
    {
        var due = new List<(long, long)>();
        var left = 0;
        await using var db = _database.CreateReader();
        await using var select = await ExecutionReader.CreateSelectAsync(
            db, $"SELECT e.command_order, e.vehicle_key, e.deadline, {selection.Key} FROM command_execution e WHERE {selection.State} AND {selection.Condition}", selection.Parameters, cancellationToken);
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (due.Count < PagesPerPass * _pageSize && await rows.ReadAsync(cancellationToken))
        {
            var deadline = await rows.IsDBNullAsync(2, cancellationToken) ? DateTime.MinValue : rows.GetUtcDateTime(2);
            var key = await rows.IsDBNullAsync(3, cancellationToken) ? null : rows.GetString(3);
            if (isReadUpTo(key, deadline))
            {
                due.Add((rows.GetInt64(0), rows.GetInt64(1)));
            }
            else
            {
                left++;
            }
        }

        return (due, left);
    }

    private async Task<int> WriteAsync(Selection selection, IReadOnlyCollection<(long Order, long VehicleKey)> page, Func<ExecutionRow, ExecutionChange?> decide, CancellationToken cancellationToken)
    {
        var keys = string.Join(',', page.Select(key => string.Create(CultureInfo.InvariantCulture, $"({key.Order},{key.VehicleKey})")));
        await using var session = await _database.BeginWriteAsync(cancellationToken);

        // What has changed since it was found is not found again.
        var rows = await ExecutionReader.ReadAsync(session, $"(e.command_order, e.vehicle_key) IN (VALUES {keys}) AND +{selection.State} AND {selection.Condition}", selection.Parameters, cancellationToken);
        var changes = rows.Select(decide).OfType<ExecutionChange>().ToList();
        if (changes.Count > 0)
        {
            var outcome = await _journal.WriteAsync(session, changes, Now(), cancellationToken);
            await session.CommitAsync(cancellationToken);
            if (outcome.HasWork)
            {
                _wake.Wake();
            }
        }

        return changes.Count;
    }

    private Task<bool> AnyDueAsync(string state, DateTime now, CancellationToken cancellationToken) =>
        AnyAsync(new Selection(state, "e.deadline <= @now", "NULL", [("@now", now)]), cancellationToken);

    private async Task<bool> AnyAsync(Selection selection, CancellationToken cancellationToken)
    {
        await using var db = _database.CreateReader();
        await using var command = await ExecutionReader.CreateSelectAsync(
            db, $"SELECT 1 FROM command_execution e WHERE {selection.State} AND {selection.Condition} LIMIT 1", selection.Parameters, cancellationToken);
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    private DateTime Now() => _clock.GetUtcNow().UtcDateTime;

    /// <summary>Executions that have run out.</summary>
    /// <param name="State">Condition over their state.</param>
    /// <param name="Condition">What else they fulfil.</param>
    /// <param name="Key">Key of the messages that would have kept them from running out.</param>
    /// <param name="Parameters">Of the conditions.</param>
    private sealed record Selection(string State, string Condition, string Key, IReadOnlyList<(string Name, object? Value)> Parameters);
}
