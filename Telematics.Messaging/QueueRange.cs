namespace Telematics.Messaging;

/// <summary>What a queue holds now.</summary>
/// <param name="BeginOffset">The first offset that is still there (the end when the queue is empty).</param>
/// <param name="EndOffset">The offset that the next append would get.</param>
public readonly record struct QueueRange(long BeginOffset, long EndOffset);
