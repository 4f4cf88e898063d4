namespace Telematics.Messaging.Embedded;

/// <summary>Reads one queue. What is there is answered on the caller's thread; a wait is one object, woken by the writer.</summary>
internal sealed class EmbeddedQueueReader(EmbeddedQueue queue, TagFilter filter, EmbeddedLogContext context, ReadDeadlines deadlines, CancellationToken closed) : IQueueReader
{
    private readonly BatchBuilder _batch = new(queue.Queue, filter);
    private readonly ReadWait _wait = new();
    private ReadCursor _cursor = new(0, -1);
    private int _reading;

    public MessageQueue Queue => queue.Queue;

    public ValueTask<ReadResult> ReadAsync(long offset, int maxMessages, int maxBytes, TimeSpan wait, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxMessages);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        }

        if (Interlocked.Exchange(ref _reading, 1) == 1)
        {
            throw new InvalidOperationException($"Queue {Queue}: this reader is reading already.");
        }

        var waits = false;
        try
        {
            var result = Read(offset, maxMessages, maxBytes);
            waits = result.Status == ReadStatus.Nothing && wait != TimeSpan.Zero;
            return waits
                ? WaitAsync(result, maxMessages, maxBytes, wait, cancellationToken)
                : new ValueTask<ReadResult>(result);
        }
        finally
        {
            if (!waits)
            {
                Volatile.Write(ref _reading, 0);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        _wait.Complete();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<ReadResult> WaitAsync(ReadResult result, int maxMessages, int maxBytes, TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            // Long waits are cut: a timer takes at most 49 days.
            var bounded = wait < TimeSpan.Zero || wait > TimeSpan.FromDays(1) ? TimeSpan.FromDays(1) : wait;
            var deadline = context.Time.GetTimestamp() + (long)(bounded.TotalSeconds * context.Time.TimestampFrequency);
            await using var cancellation = cancellationToken.UnsafeRegister(static state => ((ReadWait)state!).Complete(), _wait);
            await using var closing = closed.UnsafeRegister(static state => ((ReadWait)state!).Complete(), _wait);
            while (true)
            {
                if (result.NextOffset < result.EndOffset)
                {
                    await Task.Yield(); // a filter that leaves out much must not hold the caller
                }
                else
                {
                    await WaitForMoreAsync(result.NextOffset, deadline, cancellationToken);
                }

                cancellationToken.ThrowIfCancellationRequested();
                result = Read(result.NextOffset, maxMessages, maxBytes);
                if (result.Status != ReadStatus.Nothing || context.Time.GetTimestamp() >= deadline)
                {
                    return result;
                }
            }
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }

    private async ValueTask WaitForMoreAsync(long offset, long deadline, CancellationToken cancellationToken)
    {
        var more = _wait.ArmAsync();
        if (!queue.TryAddWait(_wait, offset) || cancellationToken.IsCancellationRequested || closed.IsCancellationRequested)
        {
            _wait.Complete();
        }

        _wait.Deadline = deadline;
        deadlines.Add(_wait);
        await more;
        deadlines.Remove(_wait);
        queue.RemoveWait(_wait);
    }

    private ReadResult Read(long offset, int maxMessages, int maxBytes)
    {
        ThrowIfClosed();
        var range = queue.Range;
        if (offset < range.BeginOffset)
        {
            return new ReadResult(ReadStatus.Trimmed, null, range.BeginOffset, range.EndOffset);
        }

        if (offset > range.EndOffset)
        {
            return new ReadResult(ReadStatus.BeyondEnd, null, range.EndOffset, range.EndOffset);
        }

        if (_cursor.Next != offset)
        {
            _cursor = new ReadCursor(offset, -1);
        }

        _batch.Begin(maxMessages, maxBytes);
        try
        {
            ReadSegments(range.EndOffset);
        }
        catch (SqliteException fault)
        {
            throw new MessageLogException($"Queue {Queue} cannot be read at offset {_cursor.Next}: {fault.Message}", fault);
        }

        ThrowIfClosed(); // it may have found no segment because they have just been closed
        if (_batch.Count == 0 && _cursor.Next < queue.Range.BeginOffset)
        {
            return new ReadResult(ReadStatus.Trimmed, null, queue.Range.BeginOffset, queue.Range.EndOffset);
        }

        if (_batch.Count == 0)
        {
            return new ReadResult(ReadStatus.Nothing, null, _cursor.Next, range.EndOffset);
        }

        context.Metrics.Read(_batch.Count);
        return new ReadResult(ReadStatus.Messages, _batch.Finish(), _cursor.Next, range.EndOffset);
    }

    private void ThrowIfClosed()
    {
        if (closed.IsCancellationRequested)
        {
            throw new MessageLogException($"Queue {Queue}: the message log is closed.");
        }
    }

    private void ReadSegments(long end)
    {
        while (_cursor.Next < end && !_batch.IsFull)
        {
            var segment = context.Segments.Acquire(queue.Number, _cursor.Next, out var span);
            if (segment is null)
            {
                if (_cursor.Next < queue.Range.BeginOffset)
                {
                    return; // retention was quicker; the read says so
                }

                _cursor = new ReadCursor(end, end); // nothing behind it: the end was raised
                return;
            }

            // A segment knows of messages a moment before the queue's end moves over them: only what is visible is read, else
            // the next read would find itself beyond the end.
            var spanEnd = Math.Min(span.End, end);
            try
            {
                if (_cursor.Next < queue.Range.BeginOffset)
                {
                    return; // as above
                }

                if (span.First > _cursor.Next)
                {
                    var first = Math.Min(span.First, end);
                    _cursor = new ReadCursor(first, first);
                }

                if (_cursor.Next >= spanEnd)
                {
                    return;
                }

                ReadSegment(segment, spanEnd);
            }
            finally
            {
                segment.Release();
            }

            if (_cursor.Next < spanEnd)
            {
                return; // the batch is full, or enough has been filtered out for one call
            }
        }
    }

    private void ReadSegment(Segment segment, long end)
    {
        var reader = segment.RentReader();
        try
        {
            reader.Read(queue.Number, end, ref _cursor, _batch, context);
        }
        catch
        {
            reader.Dispose();
            throw;
        }

        segment.ReturnReader(reader);
    }
}
