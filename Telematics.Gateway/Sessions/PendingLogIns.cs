using Microsoft.Extensions.Logging;
using Telematics.Contracts.Credentials;

namespace Telematics.Gateway.Sessions;

/// <summary>
/// Log-ins that the verifier has not answered. With a database that is away, cars give up and come again, each with a
/// further question: above the limit none is asked. Safe for any thread.
/// </summary>
/// <param name="limit">Most questions, those included whose car has given up.</param>
/// <param name="logger">Hears of it once each time.</param>
internal sealed class PendingLogIns(int limit, ILogger logger)
{
    private int _count;
    private long _refused;
    private long _withdrawn;
    private bool _isAnnounced;

    /// <summary>Questions without an answer.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Log-ins refused because of the limit, since the start.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Questions whose connection was gone before the verifier looked at them, since the start.</summary>
    public long Withdrawn => Volatile.Read(ref _withdrawn);

    /// <summary>Counts a question in; false when there may be no further one.</summary>
    /// <param name="isRemembered">It is answered at once, so it is let in whoever else waits.</param>
    public bool TryAdd(bool isRemembered)
    {
        if (Interlocked.Increment(ref _count) <= limit || isRemembered)
        {
            return true;
        }

        Interlocked.Decrement(ref _count);
        Interlocked.Increment(ref _refused);
        if (!Volatile.Read(ref _isAnnounced) && !Interlocked.Exchange(ref _isAnnounced, true))
        {
            logger.TooManyLogIns(limit);
        }

        return false;
    }

    /// <summary>A question has its answer.</summary>
    public void OnAnswered(CredentialVerdict verdict)
    {
        if (verdict == CredentialVerdict.Withdrawn)
        {
            Interlocked.Increment(ref _withdrawn);
        }

        if (Interlocked.Decrement(ref _count) <= limit / 2 && Volatile.Read(ref _isAnnounced) && Interlocked.Exchange(ref _isAnnounced, false))
        {
            logger.LogInsAskedAgain(Refused);
        }
    }
}
