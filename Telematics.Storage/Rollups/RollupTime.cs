namespace Telematics.Storage.Rollups;

/// <summary>The lengths of buckets, in microseconds, and where they begin.</summary>
internal static class RollupTime
{
    public const long Minute = 60_000_000;

    public const long Hour = 60 * Minute;

    /// <summary>The last multiple of a length at or before a time.</summary>
    public static long Floor(long time, long length) => time - (((time % length) + length) % length);

    /// <summary>The first multiple of a length at or behind a time.</summary>
    public static long Ceiling(long time, long length) => Floor(time, length) is var floor && floor == time ? time : floor + length;
}
