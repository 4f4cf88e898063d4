namespace Telematics.RocketMQ.Producing;

/// <summary>Pauses between attempts: 50 ms, doubled up to 1 s, each between half and all of that, so that senders do not keep step.</summary>
internal static class RetryPause
{
    private const double FirstMilliseconds = 50;
    private const double LongestMilliseconds = 1000;

    /// <param name="failures">How often it has failed in a row, at least 1.</param>
    public static TimeSpan After(int failures)
    {
        var whole = Math.Min(LongestMilliseconds, FirstMilliseconds * Math.Pow(2, Math.Min(failures, 10) - 1));
        return TimeSpan.FromMilliseconds(whole * (0.5 + (Random.Shared.NextDouble() / 2)));
    }
}
