namespace Telematics.Storage;

/// <summary>Where a consumer stands in a queue, and what it must know to judge what comes next.</summary>
/// <param name="NextOffset">The offset to go on from.</param>
/// <param name="LastOffset">Offset of the last applied message; -1 before the first.</param>
/// <param name="LastStoreTime">Its store time in milliseconds since 1970-01-01 UTC.</param>
public readonly record struct QueuePosition(long NextOffset, long LastOffset, long LastStoreTime);
