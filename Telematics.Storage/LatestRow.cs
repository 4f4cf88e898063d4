namespace Telematics.Storage;

/// <summary>What a batch changes in one row of <c>vehicle_latest</c>.</summary>
public struct LatestRow
{
    /// <summary>The newest sample of the batch (its values replace the row's where it is newer); meaningless unless <see cref="HasState"/>.</summary>
    public TelemetryRow Newest;

    /// <summary>Whether the batch brought a sample.</summary>
    public bool HasState;

    /// <summary>Device time, at most the store time: what decides "newer".</summary>
    public long EffectiveTime;

    /// <summary>Queue index of the message that brought it.</summary>
    public int QueueIndex;

    /// <summary>Offset of that message.</summary>
    public long QueueOffset;

    /// <summary>Whether the batch has judged messages of the car; else its counters stay as they are.</summary>
    public bool HasCounters;

    /// <summary>The duplicate counters after the batch; meaningless unless <see cref="HasCounters"/>.</summary>
    public SequenceCounters Counters;
}

/// <summary>The duplicate counters of one car: for each of the two newest boots the highest <c>seq</c> and a bitmap of the 64 below it.</summary>
public struct SequenceCounters
{
    /// <summary>Whether there is a newest boot.</summary>
    public bool HasFirst;

    /// <summary>The newest boot.</summary>
    public long FirstBoot;

    /// <summary>Its highest <c>seq</c>.</summary>
    public long FirstSeq;

    /// <summary>Bit n: <c>FirstSeq - 1 - n</c> was seen.</summary>
    public ulong FirstSeen;

    /// <summary>Whether there is a boot before.</summary>
    public bool HasSecond;

    /// <summary>The boot before.</summary>
    public long SecondBoot;

    /// <summary>Its highest <c>seq</c>.</summary>
    public long SecondSeq;

    /// <summary>Bit n: <c>SecondSeq - 1 - n</c> was seen.</summary>
    public ulong SecondSeen;
}
