using Telematics.Storage;

namespace Telematics.Commands.Executions;

/// <summary>
/// Applies signals of one batch. Several signals for one execution are folded in memory, so that what arrives together
/// (sent, delivered, and a result) is one update with the arrows in between as events.
/// </summary>
internal sealed class SignalBatch(ExecutionJournal journal, CommandsMetrics metrics)
{
    // Beyond this many rounds something is wrong with the database, and not with the batch.
    private const int MaxRounds = 20;

    /// <summary>Applies the signals in their order.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="lookup">Has the executions.</param>
    /// <param name="signals">Each with its key and with the rule that turns the row, as it then is, into a change.</param>
    /// <param name="now">The clock.</param>
    /// <param name="cancellationToken">Ends the write.</param>
    /// <returns>Whether the dispatcher has something to do once this is committed.</returns>
    public async Task<bool> ApplyAsync(
        WriteSession session,
        ExecutionLookup lookup,
        IReadOnlyList<CarSignal> signals,
        DateTime now,
        CancellationToken cancellationToken)
    {
        var hasWork = false;
        var pending = signals;
        for (var round = 0; pending.Count > 0; round++)
        {
            if (round == MaxRounds)
            {
                throw new TimeoutException($"{pending.Count} executions were changed by somebody else {MaxRounds} times in a row.");
            }

            var folds = Fold(lookup, pending);
            var outcome = await journal.WriteFoldsAsync(session, folds, now, cancellationToken);
            hasWork |= outcome.HasWork;
            if (outcome.Overtaken.Count == 0)
            {
                break;
            }

            var overtaken = outcome.Overtaken.Select(row => (row.CommandOrder, row.VehicleKey)).ToHashSet();
            pending = [.. pending.Where(signal => lookup.Find(signal.CommandId, signal.VehicleId) is { } row && overtaken.Contains((row.CommandOrder, row.VehicleKey)))];
            await lookup.ReloadAsync(session, pending.Select(signal => (signal.CommandId, signal.VehicleId)), cancellationToken);
        }

        return hasWork;
    }

    private List<ExecutionFold> Fold(ExecutionLookup lookup, IReadOnlyList<CarSignal> signals)
    {
        var folds = new Dictionary<(long, long), ExecutionFold>();
        var unchanged = 0;
        var unknown = 0;
        foreach (var signal in signals)
        {
            if (lookup.Find(signal.CommandId, signal.VehicleId) is not { } row)
            {
                unknown++;
                continue;
            }

            if (!folds.TryGetValue((row.CommandOrder, row.VehicleKey), out var fold))
            {
                fold = folds[(row.CommandOrder, row.VehicleKey)] = new ExecutionFold(row);
            }

            if (signal.Decide(fold.Current) is { } change)
            {
                fold.Add(change);
            }
            else
            {
                unchanged++;
            }
        }

        if (unchanged > 0)
        {
            metrics.Unchanged(unchanged);
        }

        if (unknown > 0)
        {
            metrics.Unknown(unknown);
        }

        return [.. folds.Values.Where(fold => fold.Steps.Count > 0)];
    }
}

/// <summary>One signal of a gateway or a car.</summary>
/// <param name="CommandId">The command.</param>
/// <param name="VehicleId">The vehicle.</param>
/// <param name="Decide">What it changes on the execution as it then is; null = nothing.</param>
internal sealed record CarSignal(Guid CommandId, string VehicleId, Func<ExecutionRow, ExecutionChange?> Decide);
