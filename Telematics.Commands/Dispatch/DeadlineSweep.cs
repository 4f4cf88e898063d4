using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Telematics.Commands.Executions;
using Telematics.Contracts;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Model;

namespace Telematics.Commands.Dispatch;

/// <summary>
/// What runs out: delivery timeouts, execution timeouts, times to live. A timeout fires only when the receipts (or the
/// results) have been read up to a moment beyond it: while we were down, or the log is, cars are not silent.
/// </summary>
internal sealed class DeadlineSweep
{
    private readonly ITelematicsDatabase _database;
    private readonly ExecutionJournal _journal;
    private readonly ExecutionTimes _times;
    private readonly RestingOrders _resting;
    private readonly DispatchWake _wake;
    private readonly TimeProvider _clock;
    private readonly int _pageSize;
    private readonly ReadHorizon _receipts;
    private readonly ReadHorizon _results;

    public DeadlineSweep(
        ITelematicsDatabase database,
        IMessageLog log,
        ExecutionJournal journal,
        ExecutionTimes times,
        RestingOrders resting,
        DispatchWake wake,
        IOptions<CommandsOptions> options,
        TimeProvider clock)
    {
        _database = database;
        _journal = journal;
        _times = times;
        _resting = resting;
        _wake = wake;
        _clock = clock;
        _pageSize = options.Value.PageSize;
        _receipts = new ReadHorizon(log, database, clock, ConsumerGroup.Name, TopicNames.CommandReceipt);
        _results = new ReadHorizon(log, database, clock, ConsumerGroup.Name, TopicNames.CommandResult);
    }

    /// <summary>One round.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await ExpireAsync(cancellationToken);
        var receiptsUpTo = await _receipts.AdvanceAsync(cancellationToken);
        while (await TimeOutDeliveriesAsync(receiptsUpTo, cancellationToken))
        {
        }

        await TimeOutBroadcastsAsync(receiptsUpTo, cancellationToken);
        var resultsUpTo = await _results.AdvanceAsync(cancellationToken);
        while (await TimeOutExecutionsAsync(resultsUpTo, cancellationToken))
        {
        }
    }

    /// <summary>Wakes what rests although nothing is in its way: who put it to rest may have died before it looked once more.</summary>
    public async Task RecheckAsync(CancellationToken cancellationToken)
    {
        var found = new List<(long CommandOrder, long VehicleKey)>();

        // Not in the write slot: there may be very many that wait for their car.
        await using (var db = _database.CreateReader())
        await using (var select = await CreateReadCommandAsync(
            db, $"SELECT e.command_order, e.vehicle_key FROM command_execution e WHERE e.state IN (0, 1) AND {RestingOrders.IsForgotten} LIMIT {_pageSize}", [], cancellationToken))
        await using (var rows = await select.ExecuteReaderAsync(cancellationToken))
        {
            while (await rows.ReadAsync(cancellationToken))
            {
                found.Add((rows.GetInt64(0), rows.GetInt64(1)));
            }
        }

        if (await _resting.WakeForgottenAsync(found, cancellationToken))
        {
            _wake.Wake();
        }
    }

    private async Task ExpireAsync(CancellationToken cancellationToken)
    {
        var now = Now();
        List<Command> due;
        await using (var db = _database.CreateReader())
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

            await MarkAsync(command.Order, "expired_at = @now", cancellationToken);
        }
    }

    /// <returns>After which vehicle the next page begins, or null when this was the last.</returns>
    private async Task<long?> ExpirePageAsync(long order, long after, CancellationToken cancellationToken)
    {
        var now = Now();
        await using var session = await _database.BeginWriteAsync(cancellationToken);
        var rows = await ExecutionReader.ReadAsync(
            session,
            $"e.command_order = @order AND e.vehicle_key > @after AND +e.state IN (0, 1) ORDER BY e.vehicle_key LIMIT {_pageSize}",
            [("@order", order), ("@after", after)],
            cancellationToken);
        var changes = rows
            .Select(row => _times.By(row, ExecutionSignal.TimeToLivePassed, Actors.Commands, ServerReasons.Expired, now))
            .OfType<ExecutionChange>()
            .ToList();
        if (changes.Count == 0)
        {
            return null;
        }

        var outcome = await _journal.WriteAsync(session, changes, now, cancellationToken);
        await session.CommitAsync(cancellationToken);
        if (outcome.HasWork)
        {
            _wake.Wake();
        }

        return rows.Count == _pageSize ? rows[^1].VehicleKey : null;
    }

    // A broadcast's own message is timed by its command.
    private Task<bool> TimeOutDeliveriesAsync(DateTime upTo, CancellationToken cancellationToken) => SweepAsync(
        "e.state = 2 AND e.deadline <= @upTo ORDER BY e.deadline",
        [("@upTo", upTo)],
        row => _times.AfterLostAttempt(row, ExecutionSignal.DeliveryTimedOut, isLatestAttempt: true, Actors.Commands, Now()),
        cancellationToken);

    private Task<bool> TimeOutExecutionsAsync(DateTime upTo, CancellationToken cancellationToken) => SweepAsync(
        "e.state IN (3, 4, 5) AND e.deadline <= @upTo ORDER BY e.deadline",
        [("@upTo", upTo)],
        row => _times.By(row, ExecutionSignal.ExecutionTimedOut, Actors.Commands, ServerReasons.ExecutionTimeout, Now()),
        cancellationToken);

    private async Task TimeOutBroadcastsAsync(DateTime upTo, CancellationToken cancellationToken)
    {
        List<long> due;
        await using (var db = _database.CreateReader())
        {
            due = await db.Commands
                .Where(command => (command.State == CommandState.Running || command.State == CommandState.Canceling)
                    && command.ReleasedAt != null && command.BroadcastDeadline <= upTo)
                .Select(command => command.Order)
                .ToListAsync(cancellationToken);
        }

        foreach (var order in due)
        {
            // By the index of states: what is left shrinks from page to page.
            const string OnItsWay = "e.state = 2 AND e.deadline IS NULL AND +e.command_order = @order";
            while (await SweepAsync(
                OnItsWay,
                [("@order", order)],
                row => _times.AfterLostAttempt(row, ExecutionSignal.DeliveryTimedOut, isLatestAttempt: true, Actors.Commands, Now()),
                cancellationToken))
            {
            }

            if (!await AnyAsync(OnItsWay, [("@order", order)], cancellationToken))
            {
                await MarkAsync(order, "broadcast_deadline = NULL", cancellationToken);
            }
        }
    }

    /// <summary>Reads a page, decides, writes.</summary>
    /// <returns>Whether there may be another page.</returns>
    private async Task<bool> SweepAsync(
        string condition,
        IReadOnlyList<(string Name, object? Value)> parameters,
        Func<ExecutionRow, ExecutionChange?> decide,
        CancellationToken cancellationToken)
    {
        if (!await AnyAsync(condition, parameters, cancellationToken))
        {
            return false;
        }

        await using var session = await _database.BeginWriteAsync(cancellationToken);
        var rows = await ExecutionReader.ReadAsync(session, $"{condition} LIMIT {_pageSize}", parameters, cancellationToken);
        var changes = rows.Select(decide).OfType<ExecutionChange>().ToList();
        if (changes.Count == 0)
        {
            return false;
        }

        var outcome = await _journal.WriteAsync(session, changes, Now(), cancellationToken);
        await session.CommitAsync(cancellationToken);
        if (outcome.HasWork)
        {
            _wake.Wake();
        }

        return rows.Count == _pageSize;
    }

    // Looked for outside the write slot: mostly there is nothing.
    private async Task<bool> AnyAsync(string condition, IReadOnlyList<(string Name, object? Value)> parameters, CancellationToken cancellationToken)
    {
        await using var db = _database.CreateReader();
        await using var command = await CreateReadCommandAsync(db, $"SELECT 1 FROM command_execution e WHERE {condition} LIMIT 1", parameters, cancellationToken);
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    private static async Task<DbCommand> CreateReadCommandAsync(
        TelematicsDbContext db, string sql, IReadOnlyList<(string Name, object? Value)> parameters, CancellationToken cancellationToken)
    {
        await db.Database.OpenConnectionAsync(cancellationToken);
        var command = db.Database.GetDbConnection().CreateCommand();
#pragma warning disable CA2100 // made of constants of this class
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
        {
            command.AddParameter(name, value);
        }

        return command;
    }

    private async Task MarkAsync(long order, string set, CancellationToken cancellationToken)
    {
        await using var session = await _database.BeginWriteAsync(cancellationToken);
        await using var mark = session.CreateCommand($"""UPDATE command SET {set} WHERE "order" = @order""");
        mark.AddParameter("@order", order);
        mark.AddParameter("@now", Now());
        await mark.ExecuteNonQueryAsync(cancellationToken);
        await session.CommitAsync(cancellationToken);
    }

    private DateTime Now() => _clock.GetUtcNow().UtcDateTime;
}
