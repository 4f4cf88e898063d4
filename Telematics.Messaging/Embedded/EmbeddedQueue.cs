using Telematics.Messaging.Staging;

namespace Telematics.Messaging.Embedded;

/// <summary>One queue: what is staged for it, what of it is on disk, and who waits for more.</summary>
/// <param name="number">The queue's number in this log, lasting.</param>
/// <param name="queue">The queue as callers know it.</param>
/// <param name="budget">Bytes that may be staged or on their way before appends are turned away.</param>
internal sealed class EmbeddedQueue(int number, MessageQueue queue, long budget) : StagingQueue(queue, budget)
{
    private readonly Lock _gate = new();
    private readonly List<ReadWait> _waits = [];
    private long _lastProducerNumber;
    private long _begin;
    private long _end;
    private long _givenEnd;

    public int Number { get; } = number;

    public QueueRange Range
    {
        get
        {
            lock (_gate)
            {
                return new QueueRange(_begin, _end);
            }
        }
    }

    /// <summary>Gives offsets to a batch that is about to be written, behind those given before; for the writer.</summary>
    public long GiveOffsets(int count)
    {
        lock (_gate)
        {
            var first = Math.Max(_givenEnd, _end);
            _givenEnd = first + count;
            return first;
        }
    }

    /// <summary>Makes stored messages visible and wakes who waits for them.</summary>
    public void Publish(long end)
    {
        lock (_gate)
        {
            _end = end;
            WakeAll();
        }
    }

    /// <summary>What the queue holds when the log opens.</summary>
    public void Load(long begin, long end)
    {
        lock (_gate)
        {
            (_begin, _end) = (begin, end);
        }
    }

    /// <summary>What was below is gone.</summary>
    public void SetBegin(long begin)
    {
        lock (_gate)
        {
            _begin = Math.Max(_begin, begin);
            WakeAll();
        }
    }

    /// <summary>Puts a reader among those that the next message wakes; false when there is something to read already.</summary>
    public bool TryAddWait(ReadWait wait, long offset)
    {
        lock (_gate)
        {
            if (offset < _begin || offset != _end)
            {
                return false;
            }

            _waits.Add(wait);
            return true;
        }
    }

    public void RemoveWait(ReadWait wait)
    {
        lock (_gate)
        {
            _waits.Remove(wait);
        }
    }

    protected override int SizeOf(in OutgoingMessage message) => RecordFormat.SizeOf(message);

    protected override void Encode(Span<byte> destination, in OutgoingMessage message, long now)
    {
        _lastProducerNumber = Math.Max(now, _lastProducerNumber + 1);
        RecordFormat.Write(destination, message, _lastProducerNumber);
    }

    // Continuations run on the thread pool, so waking under the lock is short.
    private void WakeAll()
    {
        foreach (var wait in _waits)
        {
            wait.Complete();
        }

        _waits.Clear();
    }
}
