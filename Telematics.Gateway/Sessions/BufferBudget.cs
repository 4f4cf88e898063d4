using Microsoft.Extensions.Logging;

namespace Telematics.Gateway.Sessions;

/// <summary>
/// Bytes that the whole gateway keeps for clients: written and not yet taken by their sockets, and queued. Above the limit
/// nothing more is kept; who takes his bytes is served on, and everybody is let in, since only a client that connects can
/// take what is queued for it. Safe for any thread.
/// </summary>
/// <param name="limit">In bytes; 0 is no limit.</param>
/// <param name="logger">Hears of it once each time.</param>
internal sealed class BufferBudget(long limit, ILogger logger)
{
    private long _used;
    private bool _isAnnounced;

    /// <summary>Bytes kept. What several receivers share counts for each.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>Counts bytes in, or out when negative.</summary>
    public void Add(long bytes)
    {
        var used = Interlocked.Add(ref _used, bytes);
        if (bytes < 0 && used < limit - (limit / 8) && Volatile.Read(ref _isAnnounced) && Interlocked.Exchange(ref _isAnnounced, false))
        {
            logger.BuffersFree(used);
        }
    }

    /// <summary>Whether nothing more may be kept.</summary>
    public bool IsUsedUp()
    {
        if (limit == 0 || Used < limit)
        {
            return false;
        }

        if (!Volatile.Read(ref _isAnnounced) && !Interlocked.Exchange(ref _isAnnounced, true))
        {
            logger.BuffersUsedUp(limit);
        }

        return true;
    }
}
