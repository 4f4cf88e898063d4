using Telematics.Storage;

namespace Telematics.Ingest;

/// <summary>
/// Judges a car's numbers: a duplicate is a number that was seen. Per boot the highest number and a bitmap of the 64 below
/// it are kept, for the two newest boots. A car keeps at most 32 publishes unacknowledged, so it cannot outrun the window.
/// </summary>
internal static class SequenceWindow
{
    /// <summary>Numbers below the highest that are still judged.</summary>
    public const int Size = 64;

    /// <summary>Judges a number and notes that it was seen.</summary>
    public static SequenceVerdict Take(ref SequenceCounters counters, long boot, long seq)
    {
        if (counters.HasFirst && counters.FirstBoot == boot)
        {
            return Take(ref counters.FirstSeq, ref counters.FirstSeen, seq);
        }

        if (counters.HasSecond && counters.SecondBoot == boot)
        {
            return Take(ref counters.SecondSeq, ref counters.SecondSeen, seq);
        }

        (counters.HasSecond, counters.SecondBoot, counters.SecondSeq, counters.SecondSeen) =
            (counters.HasFirst, counters.FirstBoot, counters.FirstSeq, counters.FirstSeen);
        (counters.HasFirst, counters.FirstBoot, counters.FirstSeq, counters.FirstSeen) = (true, boot, seq, 0);
        return SequenceVerdict.New;
    }

    private static SequenceVerdict Take(ref long highest, ref ulong seen, long seq)
    {
        if (seq == highest)
        {
            return SequenceVerdict.Duplicate;
        }

        if (seq > highest)
        {
            var ahead = seq - highest;
            seen = ahead switch
            {
                < Size => (seen << (int)ahead) | (1UL << (int)(ahead - 1)),
                Size => 1UL << (Size - 1),
                _ => 0,
            };
            highest = seq;
            return SequenceVerdict.New;
        }

        var below = highest - 1 - seq;
        if (below >= Size)
        {
            return SequenceVerdict.Unjudged;
        }

        var bit = 1UL << (int)below;
        if ((seen & bit) != 0)
        {
            return SequenceVerdict.Duplicate;
        }

        seen |= bit;
        return SequenceVerdict.New;
    }
}

/// <summary>What a car's number says.</summary>
internal enum SequenceVerdict
{
    /// <summary>Not seen before.</summary>
    New,

    /// <summary>Seen before.</summary>
    Duplicate,

    /// <summary>Older than the window: stored, and counted.</summary>
    Unjudged,
}
