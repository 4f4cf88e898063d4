namespace Telematics.Messaging.Staging;

/// <summary>
/// What is staged for one queue: batches that grow until the writer takes them, within a budget of bytes. How a message is
/// encoded, and numbered under the queue's lock, is the engine's.
/// </summary>
/// <param name="queue">The queue as callers know it.</param>
/// <param name="budget">Bytes that may be staged or on their way before appends are turned away.</param>
internal abstract class StagingQueue(MessageQueue queue, long budget)
{
    private readonly Lock _gate = new();
    private readonly Queue<StagedBatch> _staged = new();
    private StagedBatch? _filling;
    private long _pendingBytes;
    private bool _listed;
    private bool _closed;

    public MessageQueue Queue { get; } = queue;

    /// <summary>Bytes staged and on their way.</summary>
    public long PendingBytes => Interlocked.Read(ref _pendingBytes);

    /// <summary>Stages a message.</summary>
    /// <param name="message">The parts.</param>
    /// <param name="now">The clock in milliseconds, the lower bound of the producer's number.</param>
    /// <param name="sink">Gets the outcome.</param>
    /// <param name="token">The caller's token.</param>
    /// <param name="exempt">Whether the budget does not apply.</param>
    /// <param name="wake">True when the writer does not know yet that this queue has something.</param>
    public AppendAdmission Stage(in OutgoingMessage message, long now, IAppendSink sink, AppendToken token, bool exempt, out bool wake)
    {
        var size = SizeOf(message);
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

            Encode(_filling.Add(size, sink, token), message, now);
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

    /// <summary>The bytes that a message takes in its batch.</summary>
    protected abstract int SizeOf(in OutgoingMessage message);

    /// <summary>Writes a message to its place in the batch. Called under the queue's lock: in the order of the appends.</summary>
    protected abstract void Encode(Span<byte> destination, in OutgoingMessage message, long now);
}
