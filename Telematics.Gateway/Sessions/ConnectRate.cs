namespace Telematics.Gateway.Sessions;

/// <summary>A loop's share of the CONNECTs a second that are taken: a token bucket of one second's worth.</summary>
/// <param name="perSecond">For all loops together; 0 is no limit.</param>
/// <param name="loops">Number of loops.</param>
internal sealed class ConnectRate(int perSecond, int loops)
{
    private readonly double _share = (double)perSecond / loops;
    private double _tokens = Math.Max(1, (double)perSecond / loops);
    private long _last;

    /// <summary>Takes one; false when the rate is exceeded.</summary>
    public bool TryTake(long now)
    {
        if (perSecond == 0)
        {
            return true;
        }

        _tokens = Math.Min(Math.Max(1, _share), _tokens + (_share * (now - _last) / 1_000));
        _last = now;
        if (_tokens < 1)
        {
            return false;
        }

        _tokens--;
        return true;
    }
}
