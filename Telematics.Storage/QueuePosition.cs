namespace Telematics.Storage;

/// <summary>Where a consumer stands in a queue, and what it must know to judge what comes next.</summary>
/// <param name="NextOffset">The offset to go on from.</param>
/// <param name="LastOffset">Offset of the last applied message; -1 before the first.</param>
/// <param name="LastStoreTime">Its store time in milliseconds since 1970-01-01 UTC.</param>
public readonly record struct QueuePosition(long NextOffset, long LastOffset, long LastStoreTime)
{
    /// <summary>Where to go on within the message at <see cref="NextOffset"/>, of which a part was applied (<see cref="IQueueBatchHandler.ApplyPartAsync"/>); 0 = at its beginning.</summary>
    public long NextPart { get; init; }
}
