namespace Telematics.Commands.Operations;

/// <summary>Executions of a command by state.</summary>
public sealed record CommandCounts(
    long Created,
    long Queued,
    long Sent,
    long Delivered,
    long Accepted,
    long InProgress,
    long Succeeded,
    long Failed,
    long Rejected,
    long Expired,
    long TimedOut,
    long Canceled)
{
    /// <summary>All of them.</summary>
    public long Total => Open + Succeeded + Failed + Rejected + Expired + TimedOut + Canceled;

    /// <summary>Those that have not come to an end.</summary>
    public long Open => Created + Queued + Sent + Delivered + Accepted + InProgress;
}
