namespace Telematics.RocketMQ.Producing;

/// <summary>Pauses between attempts, doubled each time up to a longest, each between half and all of that, so that senders do not keep step.</summary>
internal static class RetryPause
{
    /// <summary>After a failure: 50 ms, at most 1 s.</summary>
    /// <param name="failures">How often it has failed in a row, at least 1.</param>
    public static TimeSpan After(int failures) => Choose(50, 1_000, failures);

    /// <summary>After a copy that is not where the operator wants it, since each attempt stores another one: 2 s, at most 10 s.</summary>
    /// <param name="copies">How many there are, at least 1.</param>
    public static TimeSpan AfterCopy(int copies) => Choose(2_000, 10_000, copies);

    private static TimeSpan Choose(double firstMilliseconds, double longestMilliseconds, int times)
    {
        var whole = Math.Min(longestMilliseconds, firstMilliseconds * Math.Pow(2, Math.Min(times, 10) - 1));
        return TimeSpan.FromMilliseconds(whole * (0.5 + (Random.Shared.NextDouble() / 2)));
    }
}
