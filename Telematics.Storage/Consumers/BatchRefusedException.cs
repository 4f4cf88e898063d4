namespace Telematics.Storage.Consumers;

/// <summary>A batch could not be applied for a reason that waiting does not mend: one of its messages is to blame.</summary>
internal sealed class BatchRefusedException(long firstOffset, int count, Exception innerException)
    : Exception($"The batch of {count} messages from offset {firstOffset} on could not be applied: {innerException.Message}", innerException)
{
    /// <summary>Offset of its first message.</summary>
    public long FirstOffset { get; } = firstOffset;

    /// <summary>How many messages it has.</summary>
    public int Count { get; } = count;
}
