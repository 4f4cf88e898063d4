namespace Telematics.Gateway.Sessions;

/// <summary>So many a second, of which one second's worth may come at once. One thread.</summary>
/// <param name="perSecond">Tokens that come in a second; 0 is no limit.</param>
internal sealed class TokenBucket(double perSecond)
{
    private readonly double _most = Math.Max(1, perSecond);
    private double _tokens = Math.Max(1, perSecond);
    private long _last;

    /// <summary>Takes one; false when there is none.</summary>
    /// <param name="now">The time in milliseconds.</param>
    public bool TryTake(long now)
    {
        if (perSecond == 0)
        {
            return true;
        }

        _tokens = Math.Min(_most, _tokens + (perSecond * (now - _last) / 1_000));
        _last = now;
        if (_tokens < 1)
        {
            return false;
        }

        _tokens--;
        return true;
    }
}
