namespace Telematics.Messaging;

/// <summary>What became of an append.</summary>
/// <param name="Token">The token given with the append.</param>
/// <param name="Status">The outcome.</param>
/// <param name="QueueIndex">The queue's <see cref="MessageQueue.Index"/>.</param>
/// <param name="Offset">The message's offset when <see cref="AppendStatus.Stored"/>, else -1.</param>
/// <param name="StoreTime">When it was stored, in milliseconds since 1970-01-01 UTC, or 0.</param>
public readonly record struct AppendOutcome(AppendToken Token, AppendStatus Status, int QueueIndex, long Offset, long StoreTime);

/// <summary>How an append ended.</summary>
public enum AppendStatus
{
    /// <summary>Stored: it survives the death of this process, and with RocketMQ the broker said SEND_OK.</summary>
    Stored,

    /// <summary>The log refuses this message for good (no permission, too large for it); sending it again cannot help.</summary>
    Refused,

    /// <summary>Not stored: the owner abandoned it before it was sent.</summary>
    Abandoned,

    /// <summary>The log was closed before the outcome was known: it may or may not be stored.</summary>
    Unknown,
}
