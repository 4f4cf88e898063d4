using Microsoft.Extensions.Options;
using Telematics.Commands.Catalogue;
using Telematics.Storage.Model;

namespace Telematics.Commands.Executions;

/// <summary>Deadlines and pauses of executions.</summary>
internal sealed class ExecutionTimes(CommandCatalogue catalogue, IOptions<CommandsOptions> options)
{
    // A type that a newer version had ordered and this one does not know.
    private static readonly TimeSpan UnknownTypeTimeout = TimeSpan.FromSeconds(60);
    private readonly CommandsOptions _options = options.Value;

    /// <summary>Delivery timeout of one car's message.</summary>
    public TimeSpan DeliveryTimeout => TimeSpan.FromSeconds(_options.DeliveryTimeoutSeconds);

    /// <summary>Delivery timeout of a broadcast.</summary>
    public TimeSpan BroadcastTimeout(long targets) =>
        DeliveryTimeout + TimeSpan.FromSeconds((double)targets / _options.BroadcastTargetsPerSecond);

    /// <summary>The deadline that a row has in the state it is about to enter, other than queued after an attempt.</summary>
    public DateTime? Deadline(ExecutionState to, string commandType, DateTime now) => to switch
    {
        ExecutionState.Created or ExecutionState.Queued => now,
        ExecutionState.Sent => now + DeliveryTimeout,
        ExecutionState.Delivered or ExecutionState.Accepted or ExecutionState.InProgress =>
            now + (catalogue.Find(commandType)?.ExecutionTimeout ?? UnknownTypeTimeout),
        _ => null,
    };

    /// <summary>
    /// Pause after an attempt: doubling, a quarter up or down. The spread comes from the vehicle's number in eight steps,
    /// so that a fleet does not come back at one moment, yet many rows share one deadline and one statement.
    /// </summary>
    public TimeSpan Backoff(int attempt, long vehicleKey)
    {
        var doubled = _options.BackoffMilliseconds * Math.Pow(2, Math.Clamp(attempt - 1, 0, 30));
        var step = ((vehicleKey * 5) + attempt) & 7;
        return TimeSpan.FromMilliseconds(Math.Min(doubled, _options.MaxBackoffMilliseconds) * (0.75 + (step / 14d)));
    }

    /// <summary>What follows when an attempt came to nothing: the end by what lasts no longer, or the queue again.</summary>
    /// <param name="row">An execution in state sent.</param>
    /// <param name="signal"><see cref="ExecutionSignal.DeliveryTimedOut"/> or <see cref="ExecutionSignal.NotHere"/>.</param>
    /// <param name="isLatestAttempt">Whether the signal is about the newest attempt.</param>
    /// <param name="actor">Who says so.</param>
    /// <param name="now">The clock.</param>
    public ExecutionChange? AfterLostAttempt(ExecutionRow row, ExecutionSignal signal, bool isLatestAttempt, string actor, DateTime now)
    {
        if (row.State != ExecutionState.Sent || !isLatestAttempt)
        {
            return null;
        }

        var (effective, reason) = (row, signal) switch
        {
            ({ CommandState: CommandState.Canceling or CommandState.Canceled }, _) => (ExecutionSignal.Canceled, ServerReasons.Canceled),
            (_, _) when row.NotAfter <= now => (ExecutionSignal.TimeToLivePassed, ServerReasons.Expired),
            (_, _) when row.Attempt >= _options.MaxAttempts => (ExecutionSignal.AttemptsExhausted, ServerReasons.AttemptsExhausted),
            (_, ExecutionSignal.NotHere) => (signal, ServerReasons.NotHere),
            _ => (signal, ServerReasons.DeliveryTimeout),
        };
        if (ExecutionLifecycle.Next(row.Standing, effective) is not { } arrow)
        {
            return null;
        }

        return new ExecutionChange
        {
            Row = row,
            Arrow = arrow,
            Actor = actor,
            Reason = reason,
            Deadline = arrow.To == ExecutionState.Queued ? now + Backoff(row.Attempt, row.VehicleKey) : null,
            Code = ExecutionLifecycle.IsEnd(arrow.To) ? reason : null,
        };
    }

    /// <summary>A change by a signal with nothing special about it, or null when there is no arrow.</summary>
    public ExecutionChange? By(ExecutionRow row, ExecutionSignal signal, string actor, string? reason, DateTime now, bool isLatestAttempt = true)
    {
        if (ExecutionLifecycle.Next(row.Standing, signal, isLatestAttempt) is not { } arrow)
        {
            return null;
        }

        return new ExecutionChange
        {
            Row = row,
            Arrow = arrow,
            Actor = actor,
            Reason = reason,
            Deadline = Deadline(arrow.To, row.CommandType, now),
            Code = ExecutionLifecycle.IsEnd(arrow.To) ? reason : null,
        };
    }
}
