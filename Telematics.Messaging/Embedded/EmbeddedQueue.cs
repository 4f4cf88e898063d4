namespace Telematics.Messaging.Embedded;

/// <summary>One queue: what is staged for it, what of it is on disk, and who waits for more.</summary>
/// <param name="number">The queue's number in this log, lasting.</param>
/// <param name="queue">The queue as callers know it.</param>
/// <param name="budget">Bytes that may be staged or on their way before appends are turned away.</param>
internal sealed class EmbeddedQueue(int number, MessageQueue queue, long budget)
{
    private readonly Lock _gate = new();
    private readonly Queue<StagedBatch> _staged = new();
    private readonly List<ReadWait> _waits = [];
    private StagedBatch? _filling;
    private long _pendingBytes;
    private long _lastProducerNumber;
    private long _begin;
    private long _end;
    private long _givenEnd;
    private bool _listed;
    private bool _closed;

    public int Number { get; } = number;

    public MessageQueue Queue { get; } = queue;

    /// <summary>Bytes staged and on their way.</summary>
    public long PendingBytes => Interlocked.Read(ref _pendingBytes);

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

    /// <summary>Stages a message.</summary>
    /// <param name="message">The parts.</param>
    /// <param name="now">The clock in milliseconds, the lower bound of the producer's number.</param>
    /// <param name="sink">Gets the outcome.</param>
    /// <param name="token">The caller's token.</param>
    /// <param name="exempt">Whether the budget does not apply.</param>
    /// <param name="wake">True when the writer does not know yet that this queue has something.</param>
    public AppendAdmission Stage(in OutgoingMessage message, long now, IAppendSink sink, AppendToken token, bool exempt, out bool wake)
    {
        var size = RecordFormat.SizeOf(message);
        wake = false;
        lock (_gate)
        {
            if (_closed)
            {
                return AppendAdmission.Closed;
            }

            // One message is always taken when nothing is pending, or one longer than the budget would never get in.
            if (!exempt && _pendingBytes > 0 && _pendingBytes + size > budget)
            {
                return AppendAdmission.BudgetUsedUp;
            }

            if (_filling is null || _filling.IsFull)
            {
                _filling = StagedBatchPool.Rent();
                _staged.Enqueue(_filling);
            }

            _lastProducerNumber = Math.Max(now, _lastProducerNumber + 1);
            _filling.Add(message, size, _lastProducerNumber, sink, token);
            _pendingBytes += size;
            wake = !_listed;
            _listed = true;
            return AppendAdmission.Taken;
        }
    }

    /// <summary>Takes out what an owner has staged and answers how many; what the writer has taken stays.</summary>
    public int Abandon(long owner, ref OutcomeCollector? abandoned)
    {
        lock (_gate)
        {
            var messages = 0;
            foreach (var batch in _staged)
            {
                messages += batch.Abandon(owner, Queue.Index, ref abandoned, out var bytes);
                _pendingBytes -= bytes;
            }

            if (messages == 0)
            {
                return 0;
            }

            // Batches that became empty in a stall must not pile up: they go back, the last one may fill again.
            for (var i = _staged.Count; i > 0; i--)
            {
                var batch = _staged.Dequeue();
                if (batch.Count == 0 && !ReferenceEquals(batch, _filling))
                {
                    StagedBatchPool.Return(batch);
                }
                else
                {
                    _staged.Enqueue(batch);
                }
            }

            return messages;
        }
    }

    /// <summary>Gives the writer the next batch, or null when there is none; from then on it is the writer's.</summary>
    public StagedBatch? TakeStaged()
    {
        lock (_gate)
        {
            while (_staged.TryDequeue(out var batch))
            {
                if (ReferenceEquals(batch, _filling))
                {
                    _filling = null;
                }

                if (batch.Live > 0)
                {
                    return batch;
                }

                StagedBatchPool.Return(batch);
            }

            _listed = false;
            return null;
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

    /// <summary>Takes no more appends.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
        }
    }

    /// <summary>What the writer had taken has its outcome: the bytes are free again.</summary>
    public void Release(long bytes)
    {
        lock (_gate)
        {
            _pendingBytes -= bytes;
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
