namespace Telematics.Contracts.Telemetry;

/// <summary>The rules by which Ingest and the live views accept a sample and decide which one is the newest: one place, so that both agree.</summary>
public static class TelemetryAcceptance
{
    /// <summary>A device time may be so far ahead of the store time, in microseconds: 24 hours.</summary>
    public const long MaxAhead = 24L * 3600 * UnixTime.MicrosecondsPerSecond;

    /// <summary>Whether a device time is acceptable for a message stored at <paramref name="storeTime"/> (both in microseconds): from 1970-01-01 on, and not too far ahead.</summary>
    public static bool IsTimeAcceptable(long deviceTime, long storeTime) => deviceTime >= 0 && deviceTime <= storeTime + MaxAhead;

    /// <summary>The time that counts for "newest": the device time, but at most the store time, so a fast clock cannot freeze a car.</summary>
    public static long EffectiveTime(long deviceTime, long storeTime) => Math.Min(deviceTime, storeTime);
}
