using Telematics.Messaging;

namespace Telematics.Storage.Consumers;

/// <summary>The figures of one queue's loop, written by it and read by anybody.</summary>
internal sealed class QueueProgress(MessageQueue queue)
{
    private readonly Lock _lock = new();
    private ConsumerProgress _current = new(queue, 0, 0, 0, 0);

    /// <summary>The figures now.</summary>
    public ConsumerProgress Current
    {
        get
        {
            lock (_lock)
            {
                return _current;
            }
        }
    }

    /// <summary>A position was committed, or read from the database.</summary>
    public void Committed(QueuePosition position)
    {
        lock (_lock)
        {
            _current = _current with
            {
                NextOffset = position.NextOffset,
                EndOffset = Math.Max(_current.EndOffset, position.NextOffset),
                LastStoreTime = position.LastStoreTime > 0 ? position.LastStoreTime : _current.LastStoreTime,
            };
        }
    }

    /// <summary>A read told where the queue ends.</summary>
    public void Ended(long endOffset)
    {
        lock (_lock)
        {
            _current = _current with { EndOffset = endOffset };
        }
    }

    /// <summary>Everything before a moment is committed.</summary>
    public void CaughtUp(long unixMilliseconds)
    {
        lock (_lock)
        {
            _current = _current with { CaughtUpAt = unixMilliseconds };
        }
    }
}
