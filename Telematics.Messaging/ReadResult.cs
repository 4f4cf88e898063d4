namespace Telematics.Messaging;

/// <summary>The answer to one read.</summary>
/// <param name="Status">What was found.</param>
/// <param name="Batch">The messages when <see cref="ReadStatus.Messages"/>; the caller disposes it.</param>
/// <param name="NextOffset">Where to go on reading: behind the batch and behind what a filter left out; the first offset there is when <see cref="ReadStatus.Trimmed"/>.</param>
/// <param name="EndOffset">The queue's end when the answer was made: the offset that the next append would get. Read up to it means read to the end.</param>
public readonly record struct ReadResult(ReadStatus Status, MessageBatch? Batch, long NextOffset, long EndOffset)
{
    /// <summary>The message when <see cref="ReadStatus.Undecodable"/>.</summary>
    public UndecodableRecord? Undecodable { get; init; }
}

/// <summary>What a read found.</summary>
public enum ReadStatus
{
    /// <summary>At least one message.</summary>
    Messages,

    /// <summary>Nothing within the wait; <see cref="ReadResult.NextOffset"/> may have moved past filtered messages.</summary>
    Nothing,

    /// <summary>The offset lies below the queue's beginning: retention removed what was between; the caller counts and reports the gap.</summary>
    Trimmed,

    /// <summary>The offset lies above the queue's end: the log lost its tail, or is another log.</summary>
    BeyondEnd,

    /// <summary>One message that cannot be decoded; reading goes on behind it. The log has counted and logged it; who can, keeps it for the operator.</summary>
    Undecodable,
}
