namespace Telematics.Messaging.Embedded;

/// <summary>The offsets of one queue that a segment holds, without a gap; grown by the writer while others read it.</summary>
internal sealed class QueueSpan(long first, long end)
{
    private long _end = end;

    /// <summary>The first offset in the segment.</summary>
    public long First { get; } = first;

    /// <summary>The offset behind the last one in the segment.</summary>
    public long End
    {
        get => Volatile.Read(ref _end);
        set => Volatile.Write(ref _end, value);
    }
}
