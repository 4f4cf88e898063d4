using Telematics.Storage.Model;

namespace Telematics.Commands.Executions;

/// <summary>
/// The arrows of an execution, without I/O. What the car says wins: a result is taken in every state from the append
/// on, and replaces every end that the server set by itself.
/// </summary>
internal static class ExecutionLifecycle
{
    /// <summary>Whether the execution has come to an end, soft or final.</summary>
    public static bool IsEnd(ExecutionState state) => state >= ExecutionState.Succeeded;

    /// <summary>Whether the car may not have it yet: the next directed order of the vehicle waits for these.</summary>
    public static bool IsUndelivered(ExecutionState state) => state <= ExecutionState.Sent;

    /// <summary>Where a signal leads, or null when it changes nothing (a repeat, or overtaken): the caller counts it and moves on.</summary>
    /// <param name="standing">The execution.</param>
    /// <param name="signal">What happened.</param>
    /// <param name="isLatestAttempt">Whether a receipt is about the newest attempt; the other signals are about no attempt and leave it true.</param>
    public static ExecutionArrow? Next(ExecutionStanding standing, ExecutionSignal signal, bool isLatestAttempt = true)
    {
        if (ToResult(signal) is { } said)
        {
            return NextBySaid(standing, said);
        }

        var state = standing.State;
        if (IsEnd(state))
        {
            return null;
        }

        // A broadcast's message is out before the last of its executions has left created.
        var mayBeOut = state is ExecutionState.Queued or ExecutionState.Sent || (state == ExecutionState.Created && standing.IsBroadcast);
        return signal switch
        {
            ExecutionSignal.Released when state == ExecutionState.Created => new(ExecutionState.Queued),
            ExecutionSignal.Claimed when state == ExecutionState.Queued || (state == ExecutionState.Created && standing.IsBroadcast) => new(ExecutionState.Sent),
            ExecutionSignal.SentByGateway when mayBeOut && state != ExecutionState.Sent && isLatestAttempt => new(ExecutionState.Sent),
            ExecutionSignal.DeliveredByGateway when mayBeOut => new(ExecutionState.Delivered),
            ExecutionSignal.RefusedByCar when mayBeOut && isLatestAttempt => new(ExecutionState.Rejected, IsSoft: true),
            ExecutionSignal.NotHere when state == ExecutionState.Sent && isLatestAttempt => new(ExecutionState.Queued),
            ExecutionSignal.Withdrawn when mayBeOut && isLatestAttempt => new(ExecutionState.Canceled, IsSoft: true),
            ExecutionSignal.Reconnected or ExecutionSignal.DeliveryTimedOut when state == ExecutionState.Sent => new(ExecutionState.Queued),
            ExecutionSignal.AttemptsExhausted when state is ExecutionState.Queued or ExecutionState.Sent => new(ExecutionState.Failed, IsSoft: true),
            ExecutionSignal.TimeToLivePassed when IsUndelivered(state) => new(ExecutionState.Expired, IsSoft: true),
            ExecutionSignal.ExecutionTimedOut when !IsUndelivered(state) => new(ExecutionState.TimedOut, IsSoft: true),
            ExecutionSignal.Canceled when IsUndelivered(state) => new(ExecutionState.Canceled, IsSoft: standing.WasAppended),
            ExecutionSignal.VehicleDeleted => new(ExecutionState.Canceled, IsSoft: standing.WasAppended),
            _ => null,
        };
    }

    private static ExecutionArrow? NextBySaid(ExecutionStanding standing, ExecutionState said)
    {
        var state = standing.State;
        if (IsEnd(state))
        {
            // Only an end replaces an end: "accepted" after the timeout promises a result, and that is waited for.
            return standing.IsSoft && IsEnd(said) ? new(said, IsLate: true) : null;
        }

        if (state == ExecutionState.Created && !standing.IsBroadcast)
        {
            return null;
        }

        // Forward only, except that progress may be told again and again.
        return said > state || (said == state && said == ExecutionState.InProgress) ? new(said) : null;
    }

    private static ExecutionState? ToResult(ExecutionSignal signal) => signal switch
    {
        ExecutionSignal.ResultAccepted => ExecutionState.Accepted,
        ExecutionSignal.ResultInProgress => ExecutionState.InProgress,
        ExecutionSignal.ResultSucceeded => ExecutionState.Succeeded,
        ExecutionSignal.ResultFailed => ExecutionState.Failed,
        ExecutionSignal.ResultRejected => ExecutionState.Rejected,
        _ => null,
    };
}
