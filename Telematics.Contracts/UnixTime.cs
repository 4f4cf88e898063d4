namespace Telematics.Contracts;

/// <summary>Time as the system counts it: microseconds since 1970-01-01 UTC, the resolution of PostgreSQL's <c>timestamptz</c>.</summary>
public static class UnixTime
{
    /// <summary>Microseconds in a millisecond.</summary>
    public const long MicrosecondsPerMillisecond = 1_000;

    /// <summary>Microseconds in a second.</summary>
    public const long MicrosecondsPerSecond = 1_000_000;

    /// <summary>The clock's time in microseconds.</summary>
    public static long GetUnixMicroseconds(this TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        return ToMicroseconds(clock.GetUtcNow().UtcDateTime);
    }

    /// <summary>A UTC time in microseconds.</summary>
    public static long ToMicroseconds(DateTime utc) => (utc.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>Microseconds as a UTC time.</summary>
    public static DateTime ToDateTime(long microseconds) => DateTime.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
