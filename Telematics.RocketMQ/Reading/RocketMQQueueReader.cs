using Telematics.Messaging;
using Telematics.RocketMQ.Records;
using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ.Reading;

/// <summary>
/// Reads one queue by long polls. The broker looks at held pulls every 5 s only, so a pull outlives a shorter wait. Before a read says
/// "nothing", the master has told where the queue ends, since the read began: readers conclude from it that they have seen everything.
/// It tells so unasked when it ends the hold of a pull, so a wait of more than two holds costs no question.
/// </summary>
internal sealed class RocketMQQueueReader : IQueueReader
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DispatchPause = TimeSpan.FromMilliseconds(2);

    private readonly MessageQueue _queue;
    private readonly TagExpression _tags;
    private readonly ReadingContext _context;
    private readonly QueuePuller _puller;
    private readonly FetchedAnswers _fetched;
    private readonly RecordBatchBuilder _batch;
    private readonly CancellationTokenSource _closed = new();
    private int _reading;
    private bool _isSequential;
    private bool _isPullOfThisRead;
    private bool _hasFailed;
    private bool _hasLoggedUndecodable;
    private string? _malformed;
    private long _malformedAt = -1;
    private long _lag;

    /// <exception cref="ArgumentException">The filter cannot be said in RocketMQ's expression.</exception>
    public RocketMQQueueReader(MessageQueue queue, string group, TagFilter filter, ReadingContext context, IRecordObserver? observer = null)
    {
        _queue = queue;
        _tags = new TagExpression(filter);
        _context = context;
        _puller = new QueuePuller(queue, group, _tags, context);
        _fetched = new FetchedAnswers(_puller, context);
        _batch = new RecordBatchBuilder(queue, _tags, observer);
        context.Metrics.Add(this);
    }

    public MessageQueue Queue => _queue;

    /// <summary>In whose name it reads.</summary>
    public string Group => _puller.Group;

    /// <summary>Messages behind what was read last, as far as the broker told; those of other tags count too.</summary>
    public long Lag => Volatile.Read(ref _lag);

    public async ValueTask<ReadResult> ReadAsync(long offset, int maxMessages, int maxBytes, TimeSpan wait, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxMessages);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        cancellationToken.ThrowIfCancellationRequested();
        ThrowIfClosed();
        if (Interlocked.Exchange(ref _reading, 1) == 1)
        {
            throw new InvalidOperationException($"Queue {_queue}: this reader is reading already.");
        }

        var began = MessagingTrace.Now(_context.Time);
        try
        {
            _malformed = null;
            _isPullOfThisRead = false;
            _isSequential = offset == _fetched.Position;
            if (!_isSequential)
            {
                _fetched.Seek(offset);
            }

            var result = Take(maxMessages, maxBytes) ?? await WaitAsync(maxMessages, maxBytes, wait, cancellationToken);
            Volatile.Write(ref _lag, Math.Max(0, result.EndOffset - result.NextOffset));
            if (result.Batch is { } batch)
            {
                MessagingTrace.Received(_queue, Group, began, batch.Count);
            }

            return result;
        }
        catch (MessageLogException fault)
        {
            MessagingTrace.ReceiveFailed(_queue, Group, began, fault);
            throw;
        }
        catch (OperationCanceledException) when (_closed.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Closed(null);
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
            DisposeFetchedIfClosed();
        }
    }

    public ValueTask DisposeAsync()
    {
        _closed.Cancel();
        _context.Metrics.Remove(this);
        DisposeFetchedIfClosed();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<ReadResult> WaitAsync(int maxMessages, int maxBytes, TimeSpan wait, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token);
        var deadline = _context.Time.GetTimestamp() + ToTicks(wait < TimeSpan.Zero || wait > LongestWait ? LongestWait : wait);
        var hold = wait == TimeSpan.Zero ? TimeSpan.Zero : _context.Options.PullHold;
        var pause = FirstPause;
        var isExtended = false;
        var end = 0L;
        var toldEnd = -1L;
        for (var failures = 0; ;)
        {
            try
            {
                if (await PullAsync(hold, maxMessages, deadline, ending.Token) is { } answer)
                {
                    toldEnd = answer.Code == ResponseCode.PullNotFound && _isPullOfThisRead && hold > TimeSpan.Zero ? answer.MaxOffset : -1;
                    if (Judge(answer) is { } outcome)
                    {
                        if (outcome.Status != ReadStatus.BeyondEnd || answer.IsOfOtherStore)
                        {
                            return outcome;
                        }

                        // A pull does not see what was stored in this very moment: who begins at the end just asked for is not beyond it.
                        var storedEnd = await _context.GetEndAsync(_queue, ending.Token);
                        if (storedEnd < _fetched.Position)
                        {
                            return new ReadResult(ReadStatus.BeyondEnd, null, storedEnd, storedEnd);
                        }

                        await Task.Delay(FirstPause, _context.Time, ending.Token);
                    }

                    Succeeded();
                    (failures, pause) = (0, FirstPause);
                    if (Take(maxMessages, maxBytes) is { } messages)
                    {
                        return messages;
                    }

                    ThrowIfMalformed();
                }

                if (_context.Time.GetTimestamp() < deadline && !(isExtended && _fetched.Position >= end))
                {
                    continue;
                }

                // Everything that was stored when this read began must have been seen before it may say "nothing".
                var endBefore = end;
                end = toldEnd == _fetched.Position && _context.StoredEnds.Find(_queue) <= toldEnd ? toldEnd : await _context.GetEndAsync(_queue, ending.Token);
                if (end == _fetched.Position || (!_tags.IsAll && end > _fetched.Position && (isExtended || hold > TimeSpan.Zero)))
                {
                    return new ReadResult(ReadStatus.Nothing, null, _fetched.Position, end);
                }

                if (isExtended && _fetched.Position < endBefore)
                {
                    throw new MessageLogException($"Queue {_queue} ends at offset {end}, but offset {_fetched.Position} cannot be read: its broker does not get on with making stored messages readable.");
                }

                // Stored but not dispatched yet, or its notice is on the way; or the store is another one than it was.
                (isExtended, toldEnd) = (true, -1);
                deadline = _context.Time.GetTimestamp() + ToTicks(_context.Options.RequestTimeout);
                if (end < _fetched.Position)
                {
                    _fetched.DropPull();
                }
            }
            catch (RemotingException fault)
            {
                Failed(fault);
                if (++failures > 1 && _context.Time.GetTimestamp() >= deadline)
                {
                    throw new MessageLogException($"Queue {_queue} cannot be read at offset {_fetched.Position}: {fault.Message}", fault);
                }

                await _puller.RefreshRouteAsync(ending.Token);
                await Task.Delay(pause, _context.Time, ending.Token);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    /// <summary>The next answer; null when the deadline came first and the pull stays with the broker.</summary>
    private async ValueTask<PulledAnswer?> PullAsync(TimeSpan hold, int maxMessages, long deadline, CancellationToken cancellationToken)
    {
        var began = _fetched.Pull is null;
        _isPullOfThisRead |= began;
        var pull = _fetched.BeginPullAsync(hold, _malformedAt == _fetched.Position ? 1 : _isSequential ? int.MaxValue : maxMessages);
        if (began && hold == TimeSpan.Zero)
        {
            await ((Task)pull).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        else if (!pull.IsCompleted)
        {
            var left = _context.Time.GetElapsedTime(_context.Time.GetTimestamp(), deadline);
            await ((Task)pull).WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, _context.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (!pull.IsCompleted)
        {
            return null;
        }

        var answer = _fetched.TakePull();
        if (answer.Code == ResponseCode.PullNotFound && _context.Time.GetTimestamp() < deadline)
        {
            await Task.Delay(DispatchPause, _context.Time, cancellationToken); // whatever the broker's reason not to hold it, it is not asked without pause
        }

        return answer;
    }

    /// <summary>What an answer without records means; null: go on.</summary>
    private ReadResult? Judge(PulledAnswer answer)
    {
        if (answer.IsOfOtherStore)
        {
            using (answer)
            {
                return new ReadResult(ReadStatus.BeyondEnd, null, answer.MinOffset, answer.MaxOffset);
            }
        }

        if (answer.Code == ResponseCode.Success)
        {
            return null; // it belongs to the fetched ones
        }

        using (answer)
        {
            switch (answer.Code)
            {
                // Also when a stretch of the broker's index is lost. With all tags wanted, nothing is left out but what is gone.
                // The broker steps to where the next file of its index would begin, which may be beyond the end.
                case ResponseCode.PullNotFound or ResponseCode.PullRetryImmediately when Math.Min(answer.NextOffset, answer.MaxOffset) > _fetched.Position && (_tags.IsAll || answer.Code == ResponseCode.PullNotFound):
                    return Trimmed(Math.Min(answer.NextOffset, answer.MaxOffset));
                case ResponseCode.PullNotFound:
                    return null;
                case ResponseCode.PullRetryImmediately when _fetched.Position < answer.MinOffset:
                    return Trimmed(answer.MinOffset);
                case ResponseCode.PullRetryImmediately when answer.NextOffset > _fetched.Position && !_tags.IsAll:
                    _fetched.Position = answer.NextOffset;
                    return null;
                case ResponseCode.PullOffsetMoved when _fetched.Position < answer.MinOffset:
                    return Trimmed(answer.MinOffset);
                case ResponseCode.PullOffsetMoved when _fetched.Position > answer.MaxOffset:
                    return new ReadResult(ReadStatus.BeyondEnd, null, answer.MaxOffset, answer.MaxOffset);
                case ResponseCode.PullOffsetMoved:
                    // An administrator's reset of the group, told once. Progress is the caller's, so the pull is simply repeated.
                    throw Refused(answer, $"the broker wants this group to go on at offset {answer.NextOffset}");
                case ResponseCode.TopicNotExist:
                    throw new MessageLogException($"Queue {_queue} cannot be read: topic '{_queue.Topic}' does not exist on broker {_queue.Broker} ({answer.Address}); was it deleted? {answer.Remark}");
                case ResponseCode.NoPermission:
                    throw new MessageLogException($"Queue {_queue} cannot be read: {answer.Address} gives no permission to topic '{_queue.Topic}' and group '{_puller.Group}'. {answer.Remark}");
                case ResponseCode.GroupNotExist:
                    throw new MessageLogException($"Queue {_queue} cannot be read: group '{_puller.Group}' does not exist on broker {_queue.Broker}. Create it: mqadmin updateSubGroup -n <name server> -c <cluster> -g {_puller.Group}");
                case ResponseCode.InvalidParameter:
                    throw new MessageLogException($"Queue {_queue} cannot be read: broker {_queue.Broker} ({answer.Address}) has no such queue. {answer.Remark}");
                default:
                    throw Refused(answer, $"code {(int)answer.Code}, {answer.Remark}");
            }
        }
    }

    /// <summary>A batch of what was fetched, or word of a gap; null when nothing is left of it.</summary>
    private ReadResult? Take(int maxMessages, int maxBytes)
    {
        _batch.Begin(maxMessages, maxBytes);
        while (!_batch.IsFull && _fetched.Head is { } head)
        {
            if (head.Rest.IsEmpty)
            {
                if (_tags.IsAll && head.NextOffset > _fetched.Position)
                {
                    if (_batch.Count == 0)
                    {
                        return Trimmed(head.NextOffset);
                    }

                    break;
                }

                _fetched.Position = Math.Max(_fetched.Position, head.NextOffset);
                _fetched.DropHead();
            }
            else if (!TakeRecord(head, out var gap, out var undecodable))
            {
                if (undecodable is not null)
                {
                    return Undecodable(undecodable);
                }

                if (gap is { } begin && _batch.Count == 0)
                {
                    return Trimmed(begin);
                }

                break;
            }
        }

        if (_batch.Count == 0)
        {
            return null;
        }

        if (_isSequential)
        {
            _fetched.FetchAhead();
        }

        _context.Metrics.Read(_batch.Count);
        return new ReadResult(ReadStatus.Messages, _batch.Finish(), _fetched.Position, Math.Max(_fetched.EndOffset, _fetched.Position));
    }

    /// <summary>Takes the next record; false when the batch ends before or in it. One that cannot be decoded is stepped over when the batch is empty.</summary>
    private bool TakeRecord(PulledAnswer head, out long? gap, out UndecodableRecord? undecodable)
    {
        gap = null;
        undecodable = null;
        switch (StoredRecord.TryRead(head.Rest, out var record, out var size, out var fault))
        {
            case RecordReading.Malformed when !(head.IsSingle && head.IsWhole && _malformedAt == _fetched.Position):
                // Damaged on the way, or in the store: it is asked for again, alone.
                _malformed = fault;
                _malformedAt = _fetched.Position;
                _fetched.Seek(_fetched.Position);
                return false;
            case RecordReading.Malformed:
                undecodable = StepOver(head, head.Rest.Length, _fetched.Position, 0, fault!, Math.Max(_fetched.Position + 1, head.NextOffset));
                return false;
            case RecordReading.Read when record.Offset >= head.NextOffset:
                undecodable = StepOver(head, size, _fetched.Position, 0, $"it says that it is at offset {record.Offset}, in an answer that ends before {head.NextOffset}", _fetched.Position + 1);
                return false;
            case RecordReading.Read when _tags.IsAll && record.Offset > _fetched.Position:
                // Retention was at work between two pulls, or the store is damaged; the broker steps over what is gone.
                gap = record.Offset;
                return false;
            case RecordReading.Read:
                var next = _fetched.Position;
                var isDone = _batch.TryAdd(in record, ref next, out fault);
                _fetched.Position = next;
                if (!isDone)
                {
                    return false;
                }

                if (fault is not null)
                {
                    // Of an inner batch the messages before the fault were taken.
                    var offset = Math.Max(next, record.Offset);
                    undecodable = StepOver(head, size, offset, record.StoreTime, fault, offset + 1);
                    return false;
                }

                break;
            default:
                // At least one message; where it was more, the next record or answer shows the gap.
                undecodable = StepOver(head, size, _fetched.Position, 0, fault!, _fetched.Position + 1);
                return false;
        }

        head.Advance(size);
        return true;
    }

    /// <summary>Steps over a record that cannot be decoded; null: what was taken before it has to be handed over first.</summary>
    private UndecodableRecord? StepOver(PulledAnswer head, int size, long offset, long storeTime, string fault, long behind)
    {
        if (_batch.Count > 0)
        {
            return null;
        }

        var record = new UndecodableRecord(offset, storeTime, fault, head.Rest[..Math.Min(size, UndecodableRecord.MaxBytes)].ToArray());
        head.Advance(size);
        _fetched.Position = behind;
        return record;
    }

    private ReadResult Trimmed(long begin)
    {
        _fetched.Position = begin;
        return new ReadResult(ReadStatus.Trimmed, null, begin, Math.Max(begin, _fetched.EndOffset));
    }

    private RemotingException Refused(PulledAnswer answer, string what) => new(RemotingFault.Malformed, answer.Address, $"a pull of queue {_queue} at offset {answer.Offset} was refused: {what}");

    private void ThrowIfMalformed()
    {
        if (_malformed is { } fault)
        {
            _malformed = null;
            throw new RemotingException(RemotingFault.Malformed, _queue.Broker, $"the records of queue {_queue} at offset {_fetched.Position} cannot be told apart: {fault}");
        }
    }

    private ReadResult Undecodable(UndecodableRecord record)
    {
        _context.Metrics.Undecodable();
        if (!_hasLoggedUndecodable)
        {
            _hasLoggedUndecodable = true;
            _context.Logger.LogUndecodable(_queue.ToString(), record.Offset, record.Fault);
        }

        return new ReadResult(ReadStatus.Undecodable, null, _fetched.Position, Math.Max(_fetched.EndOffset, _fetched.Position)) { Undecodable = record };
    }

    private void Succeeded()
    {
        if (_hasFailed)
        {
            _hasFailed = false;
            _context.Logger.LogPullsAgain(_queue.ToString(), _fetched.Position);
        }
    }

    private void Failed(RemotingException fault)
    {
        if (fault.Fault == RemotingFault.Closed)
        {
            throw Closed(fault);
        }

        _context.Metrics.Failed();
        if (!_hasFailed)
        {
            _hasFailed = true;
            _context.Logger.LogPullFailed(_queue.ToString(), _fetched.Position, fault.Message);
        }
    }

    private void ThrowIfClosed()
    {
        if (_closed.IsCancellationRequested)
        {
            throw Closed(null);
        }
    }

    private MessageLogException Closed(Exception? fault) => new($"Queue {_queue}: the reader, or the message log, is closed.", fault!);

    private void DisposeFetchedIfClosed()
    {
        if (_closed.IsCancellationRequested && Interlocked.Exchange(ref _reading, 1) == 0)
        {
            _fetched.Dispose(); // and no read begins any more
        }
    }

    private long ToTicks(TimeSpan span) => (long)(span.TotalSeconds * _context.Time.TimestampFrequency);
}
