namespace Telematics.Contracts.Telemetry;

/// <summary>The rules by which Ingest and the live views accept a sample and decide which one is the newest: one place, so that both agree.</summary>
public static class TelemetryAcceptance
{
    /// <summary>A device time may be so far ahead of the store time, in microseconds: 24 hours.</summary>
    public const long MaxAhead = 24L * 3600 * UnixTime.MicrosecondsPerSecond;

    /// <summary>Whether a device time is acceptable: from 1970-01-01 on, not too far ahead, and not older than what is kept.</summary>
    /// <param name="deviceTime">Microseconds since 1970-01-01 UTC.</param>
    /// <param name="storeTime">When its message was stored, the same.</param>
    /// <param name="longestAge">How much older than its message it may be; null = any age.</param>
    /// <returns><see cref="RejectReason.None"/> when it is.</returns>
    public static RejectReason JudgeTime(long deviceTime, long storeTime, TimeSpan? longestAge)
    {
        if (deviceTime < 0)
        {
            return RejectReason.TimeTooOld;
        }

        if (deviceTime > storeTime + MaxAhead)
        {
            return RejectReason.TimeInFuture;
        }

        return longestAge is { } age && deviceTime < storeTime - (age.Ticks / TimeSpan.TicksPerMicrosecond) ? RejectReason.OlderThanRetention : RejectReason.None;
    }

    /// <summary>The time that counts for "newest": the device time, but at most the store time, so a fast clock cannot freeze a car.</summary>
    public static long EffectiveTime(long deviceTime, long storeTime) => Math.Min(deviceTime, storeTime);
}
