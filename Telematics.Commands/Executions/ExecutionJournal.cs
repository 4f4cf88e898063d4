using System.Globalization;
using System.Text;
using Telematics.Storage;
using Telematics.Storage.Model;

namespace Telematics.Commands.Executions;

/// <summary>
/// Writes arrows: the rows by compare-and-set on their version, an event for each, the command's counts, its completion,
/// and the turn of the vehicle's next order, all in the caller's transaction.
/// </summary>
internal sealed class ExecutionJournal(CommandsMetrics metrics)
{
    private const int Chunk = 500;

    /// <summary>Writes changes of which several may belong to one execution: one update each, and an event for every arrow.</summary>
    public async Task<JournalOutcome> WriteFoldsAsync(WriteSession session, IReadOnlyList<ExecutionFold> folds, DateTime now, CancellationToken cancellationToken)
    {
        var steps = folds.ToDictionary(fold => (fold.Current.CommandOrder, fold.Current.VehicleKey), fold => fold.Steps);
        return await WriteAsync(session, [.. folds.Select(fold => fold.Merge())], change => steps[(change.Row.CommandOrder, change.Row.VehicleKey)], now, cancellationToken);
    }

    /// <summary>Writes changes.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="changes">Each execution at most once.</param>
    /// <param name="now">The clock.</param>
    /// <param name="cancellationToken">Ends the write; the caller rolls back.</param>
    /// <returns>The rows that somebody else had changed meanwhile; nothing was written for them.</returns>
    public Task<JournalOutcome> WriteAsync(WriteSession session, IReadOnlyList<ExecutionChange> changes, DateTime now, CancellationToken cancellationToken) =>
        WriteAsync(session, changes, change => [change], now, cancellationToken);

    private async Task<JournalOutcome> WriteAsync(
        WriteSession session,
        IReadOnlyList<ExecutionChange> changes,
        Func<ExecutionChange, IReadOnlyList<ExecutionChange>> stepsOf,
        DateTime now,
        CancellationToken cancellationToken)
    {
        var written = new List<ExecutionChange>(changes.Count);
        var overtaken = new List<ExecutionRow>();

        // One order of rows for everybody, so that two writers never wait for each other crosswise.
        await using var statements = new ExecutionUpdate(session, now);
        foreach (var group in changes.OrderBy(change => change.Row.CommandOrder).ThenBy(change => change.Row.VehicleKey).GroupBy(Sameness))
        {
            foreach (var chunk in group.Chunk(Chunk))
            {
                var done = await statements.ExecuteAsync(chunk, cancellationToken);
                foreach (var change in chunk)
                {
                    if (done.Contains(change.Row.VehicleKey))
                    {
                        written.Add(change);
                    }
                    else
                    {
                        overtaken.Add(change.Row);
                    }
                }
            }
        }

        await RecordAsync(session, [.. written.SelectMany(stepsOf)], now, cancellationToken);
        var hasWoken = await WakeSuccessorsAsync(session, written, now, cancellationToken);
        return new JournalOutcome(written.Count, overtaken, hasWoken || written.Exists(change => change.To == ExecutionState.Queued));
    }

    /// <summary>Events, counts and completion for rows that the caller has already changed.</summary>
    public async Task RecordAsync(WriteSession session, IReadOnlyList<ExecutionChange> written, DateTime now, CancellationToken cancellationToken)
    {
        if (written.Count == 0)
        {
            return;
        }

        foreach (var chunk in written.Where(IsArrow).Chunk(Chunk))
        {
            await InsertEventsAsync(session, chunk, now, cancellationToken);
        }

        foreach (var command in written.GroupBy(change => change.Row.CommandOrder).OrderBy(group => group.Key))
        {
            var deltas = new long[CommandCounters.StateCount];
            foreach (var change in command)
            {
                deltas[(int)change.From]--;
                deltas[(int)change.To]++;
            }

            await CommandCounters.AddAsync(session, command.Key, deltas, cancellationToken);
        }

        await CommandCounters.CompleteAsync(session, written.Select(change => change.Row.CommandOrder).Distinct(), Actors.Commands, now, cancellationToken);
        foreach (var change in written)
        {
            metrics.Arrow(change.From, change.To);
        }
    }

    // Progress told again is no arrow: the row has it, the log of arrows does not.
    private static bool IsArrow(ExecutionChange change) => change.From != change.To;

    private static (long, ExecutionState, int, ExecutionArrow, DateTime?, string?, bool, CarWords?) Sameness(ExecutionChange change) =>
        (change.Row.CommandOrder, change.From, change.Row.Version, change.Arrow, change.Deadline, change.Code, change.Row.IsDirected, change.Words);

    private static async Task InsertEventsAsync(WriteSession session, ExecutionChange[] changes, DateTime now, CancellationToken cancellationToken)
    {
        await using var insert = session.CreateCommand("");
        insert.AddParameter("@at", now);
        var sql = new StringBuilder("""INSERT INTO command_event (command_order, vehicle_key, "from", "to", actor, reason, attempt, at) VALUES """);
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < changes.Length; i++)
        {
            var change = changes[i];
            sql.Append(i == 0 ? "" : ",").Append(
                CultureInfo.InvariantCulture,
                $"({change.Row.CommandOrder},{change.Row.VehicleKey},{(int)change.From},{(int)change.To},{Name(change.Actor)},{Name(change.Reason)},{change.Row.Attempt},@at)");
        }

#pragma warning disable CA2100 // made of numbers and names of parameters
        insert.CommandText = sql.ToString();
#pragma warning restore CA2100
        await insert.ExecuteNonQueryAsync(cancellationToken);

        string Name(string? text)
        {
            if (text is null)
            {
                return "NULL";
            }

            if (!names.TryGetValue(text, out var name))
            {
                name = names[text] = $"@t{names.Count}";
                insert.AddParameter(name, text.Length <= 120 ? text : text[..120]);
            }

            return name;
        }
    }

    // The vehicles whose order was delivered or has ended: their next directed order may go.
    private static async Task<bool> WakeSuccessorsAsync(WriteSession session, List<ExecutionChange> written, DateTime now, CancellationToken cancellationToken)
    {
        var vehicles = written
            .Where(change => change.Row.IsDirected && ExecutionLifecycle.IsUndelivered(change.From) && !ExecutionLifecycle.IsUndelivered(change.To))
            .Select(change => change.Row.VehicleKey)
            .Distinct()
            .ToList();
        if (vehicles.Count == 0)
        {
            return false;
        }

        await using (var any = session.CreateCommand("SELECT 1 FROM command_execution WHERE state = 0 AND deadline IS NULL LIMIT 1"))
        {
            if (await any.ExecuteScalarAsync(cancellationToken) is null)
            {
                return false;
            }
        }

        var woken = 0;
        foreach (var chunk in vehicles.Chunk(Chunk))
        {
            await using var wake = session.CreateCommand(
                $"UPDATE command_execution SET deadline = @now WHERE state <= 2 AND +state = 0 AND deadline IS NULL AND vehicle_key IN ({ExecutionReader.List(chunk)})");
            wake.AddParameter("@now", now);
            woken += await wake.ExecuteNonQueryAsync(cancellationToken);
        }

        return woken > 0;
    }
}
