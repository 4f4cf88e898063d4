namespace Telematics.Gateway.Sessions;

/// <summary>So many a second over all loops and transports, however many these are; safe for any thread.</summary>
internal sealed class RateGate(int perSecond, TimeProvider time)
{
    private readonly TokenBucket _bucket = new(perSecond);
    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();

    /// <summary>Lets one in; false when the rate is exceeded.</summary>
    public bool TryEnter()
    {
        if (perSecond == 0)
        {
            return true;
        }

        lock (_lock)
        {
            return _bucket.TryTake((long)time.GetElapsedTime(_start).TotalMilliseconds);
        }
    }
}
