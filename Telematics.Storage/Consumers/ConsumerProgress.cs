using Telematics.Messaging;

namespace Telematics.Storage.Consumers;

/// <summary>How far a consumer is in one of its queues.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="NextOffset">The committed offset.</param>
/// <param name="EndOffset">The queue's end at the newest read.</param>
/// <param name="LastStoreTime">Store time of the last message that was committed, in milliseconds since 1970-01-01 UTC; 0 before the first.</param>
/// <param name="CaughtUpAt">Everything that was stored before this moment (this process's clock, milliseconds since 1970-01-01 UTC) is committed; 0 before the end was reached for the first time.</param>
public readonly record struct ConsumerProgress(MessageQueue Queue, long NextOffset, long EndOffset, long LastStoreTime, long CaughtUpAt)
{
    /// <summary>Messages not yet committed.</summary>
    public long Lag => Math.Max(0, EndOffset - NextOffset);
}
