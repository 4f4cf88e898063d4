using System.Diagnostics;
using Telematics.Messaging.Staging;

namespace Telematics.Messaging.Embedded;

/// <summary>
/// The one thread that writes. It takes what all queues have staged, stores it in one transaction, makes it visible to
/// readers and gives the outcomes. A write that fails is tried again until it works: nothing staged is lost or answered wrongly.
/// </summary>
internal sealed class GroupCommit : IDisposable
{
    private const int MaxGroupBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(5);

    private readonly EmbeddedLogContext _context;
    private readonly SegmentKeeper _keeper;
    private readonly OutcomeDelivery _delivery;
    private readonly long _checkpointBytes;
    private readonly Thread _thread;
    private readonly AutoResetEvent _signal = new(false);
    private readonly Lock _gate = new();
    private readonly Queue<Action> _orders = new();
    private readonly OutcomeCollector _outcomes = new();
    private readonly List<TakenBatch> _group = [];
    private readonly List<EmbeddedQueue> _listed = [];
    private readonly Queue<EmbeddedQueue> _turns = new();
    private Segment? _segment;
    private SegmentWriter? _writer;
    private long _lastCommit;
    private long _lastStoreTime;
    private long _sinceCheckpoint;
    private int _failures;
    private bool _closing;

    /// <param name="context">What the parts of the log share.</param>
    /// <param name="keeper">Seals full segments.</param>
    /// <param name="delivery">Calls the sinks.</param>
    /// <param name="segment">The segment to go on with, or null for a new one.</param>
    /// <param name="lastStoreTime">Store times never fall below it.</param>
    public GroupCommit(EmbeddedLogContext context, SegmentKeeper keeper, OutcomeDelivery delivery, Segment? segment, long lastStoreTime)
    {
        _context = context;
        _keeper = keeper;
        _delivery = delivery;
        _segment = segment;
        _lastStoreTime = lastStoreTime;
        _checkpointBytes = Math.Min(4 * 1024 * 1024, context.Options.SegmentBytes / 4);
        _thread = new Thread(Run) { IsBackground = true, Name = "Telematics log writer" };
    }

    public void Start() => _thread.Start();

    /// <summary>A queue has something staged that the writer does not know of.</summary>
    public void Wake(EmbeddedQueue queue)
    {
        lock (_gate)
        {
            _listed.Add(queue);
        }

        _signal.Set();
    }

    /// <summary>Runs something on the writer's thread between two groups.</summary>
    public Task<T> RunAsync<T>(Func<T> order)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_closing)
            {
                throw new MessageLogException("The message log is closed.");
            }

            _orders.Enqueue(() =>
            {
                try
                {
                    completion.SetResult(order());
                }
#pragma warning disable CA1031 // handed to the caller
                catch (Exception fault)
#pragma warning restore CA1031
                {
                    completion.SetException(fault);
                }
            });
        }

        _signal.Set();
        return completion.Task;
    }

    /// <summary>Runs something on the writer's thread, if it still runs.</summary>
    public void Order(Action order)
    {
        lock (_gate)
        {
            if (_closing)
            {
                return;
            }

            _orders.Enqueue(order);
        }

        _signal.Set();
    }

    /// <summary>Makes a queue's next offset at least <paramref name="offset"/>. On the writer's thread.</summary>
    public void RaiseEnd(EmbeddedQueue queue, long offset)
    {
        var range = queue.Range;
        if (offset <= range.EndOffset)
        {
            return;
        }

        // Within a segment a queue has no gap, so that a gap there is known as damage.
        if (_segment?.Spans.ContainsKey(queue.Number) == true)
        {
            Roll();
        }

        _context.Catalogue.RaiseFloors([new(queue.Number, offset)]);
        queue.Publish(offset);
        queue.SetBegin(_context.Segments.FirstOffset(queue.Number) ?? offset);
        _context.Logger.EndRaised(queue.Queue.ToString(), range.EndOffset, offset);
    }

    /// <summary>Begins a new segment with the next message. On the writer's thread.</summary>
    public void Roll()
    {
        if (_segment is not null)
        {
            _keeper.Seal(_segment, _writer);
        }

        (_writer, _segment) = (null, null);
    }

    /// <summary>Writes what is staged and ends; what could not be written gets the outcome Unknown.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closing = true;
        }

        _signal.Set();
        if (_thread.IsAlive)
        {
            _thread.Join();
        }
    }

    public void Dispose()
    {
        Close();
        Roll(); // so that the keeper moves the write-ahead log into the file

        // The signal is not disposed: an append that was turned away may still be about to set it.
    }

    private void Run()
    {
        while (true)
        {
            _signal.WaitOne();
            while (RunOrders() | Gather())
            {
                if (_group.Count > 0 && !Store())
                {
                    GiveUp();
                    return;
                }
            }

            if (IsClosing())
            {
                StoreTheRest();
                return;
            }
        }
    }

    // The queues take no more appends now. One that was staged a moment ago may not have been announced: all are looked at.
    private void StoreTheRest()
    {
        lock (_gate)
        {
            _listed.AddRange(_context.Queues.Values);
        }

        while (RunOrders() | Gather())
        {
            if (_group.Count > 0 && !Store())
            {
                GiveUp();
                return;
            }
        }
    }

    private bool RunOrders()
    {
        var any = false;
        while (true)
        {
            Action? order;
            lock (_gate)
            {
                _orders.TryDequeue(out order);
            }

            if (order is null)
            {
                return any;
            }

            order();
            any = true;
        }
    }

    // Takes what is staged, one batch of each queue in turn, up to a size that keeps the transaction short.
    private bool Gather()
    {
        Linger();
        lock (_gate)
        {
            foreach (var queue in _listed)
            {
                _turns.Enqueue(queue);
            }

            _listed.Clear();
        }

        for (var bytes = 0L; bytes < MaxGroupBytes && _turns.TryDequeue(out var queue);)
        {
            if (queue.TakeStaged() is { } batch)
            {
                batch.Squeeze();
                _group.Add(new TakenBatch(queue, batch, queue.GiveOffsets(batch.Count)));
                bytes += batch.Length;
                _turns.Enqueue(queue); // a busy queue waits for the others' turns
            }
        }

        return _group.Count > 0;
    }

    // Under load one group a linger: groups of one message cost ten times as much a message as groups of ten.
    private void Linger()
    {
        var linger = _context.Options.Linger;
        var since = Stopwatch.GetElapsedTime(_lastCommit);
        if (linger > TimeSpan.Zero && since < linger)
        {
            Thread.Sleep((int)Math.Ceiling((linger - since).TotalMilliseconds));
        }
    }

    private bool Store()
    {
        var (messages, bytes) = (0, 0L);
        foreach (var taken in _group)
        {
            messages += taken.Batch.Count;
            bytes += taken.Batch.Length;
        }

        if (_segment?.AgeAt(_context.Time.GetUtcNow().ToUnixTimeMilliseconds()) >= _context.SegmentAge)
        {
            Roll(); // or old messages would stay as long as the new ones
        }

        _lastCommit = Stopwatch.GetTimestamp();
        if (!TryWrite(messages, out var storeTime))
        {
            return false;
        }

        _context.Metrics.Committed(messages, bytes, Stopwatch.GetElapsedTime(_lastCommit));
        Complete(AppendStatus.Stored, storeTime);
        AfterCommit(bytes);
        return true;
    }

    private bool TryWrite(int messages, out long storeTime)
    {
        var backOff = FirstBackOff;
        while (true)
        {
            storeTime = Math.Max(_lastStoreTime, _context.Time.GetUtcNow().ToUnixTimeMilliseconds());
            try
            {
                _segment ??= _context.Segments.Add();
                _writer ??= new SegmentWriter(_segment);
                _writer.Write(_group, storeTime, _context.ProducerInstance);
                _lastStoreTime = storeTime;
                if (_failures > 0)
                {
                    _context.Logger.WritesAgain(_failures);
                    _failures = 0;
                }

                return true;
            }
            catch (Exception fault) when (fault is SqliteException or IOException or UnauthorizedAccessException)
            {
                _context.Metrics.WriteFailed();
                if (_failures++ == 0)
                {
                    _context.Logger.WriteFailed(_context.Options.Directory, fault.Message, messages);
                }

                AfterFault(fault);
            }

            if (IsClosing())
            {
                return false;
            }

            _signal.WaitOne(backOff);
            backOff = backOff * 2 < LongestBackOff ? backOff * 2 : LongestBackOff;
        }
    }

    // A damaged file is not written again. After other errors than "full" the connection may be unusable: a new one.
    private void AfterFault(Exception fault)
    {
        switch (fault)
        {
            case SqliteException { IsDamage: true }:
                _context.Logger.SegmentDamaged(_segment!.Path, fault.Message);
                Roll();
                break;
            case SqliteException { IsFull: true } or SqliteException { IsLocked: true }:
                break;
            default:
                _writer?.Dispose();
                _writer = null;
                break;
        }
    }

    private void Complete(AppendStatus status, long storeTime)
    {
        foreach (var taken in _group)
        {
            var end = taken.FirstOffset + taken.Batch.Count;
            if (status == AppendStatus.Stored)
            {
                _segment!.Extend(taken.Queue.Number, taken.FirstOffset, end, storeTime);
                taken.Queue.Publish(end);
            }

            taken.Queue.Release(taken.Batch.Length);
            for (var i = 0; i < taken.Batch.Count; i++)
            {
                ref readonly var entry = ref taken.Batch[i];
                _outcomes.Add(entry.Sink!, new AppendOutcome(entry.Token, status, taken.Queue.Queue.Index, status == AppendStatus.Stored ? taken.FirstOffset + i : -1, storeTime));
            }

            StagedBatchPool.Return(taken.Batch);
        }

        _group.Clear();
        _delivery.Deliver(_outcomes);
    }

    private void AfterCommit(long bytes)
    {
        _sinceCheckpoint += bytes;
        if (_sinceCheckpoint < _checkpointBytes)
        {
            return;
        }

        _sinceCheckpoint = 0;
        if (_writer!.Length >= _context.Options.SegmentBytes)
        {
            Roll();
        }

        _keeper.WakeForCheckpoint();
    }

    // Closing while the file cannot be written: nobody can say what became of these.
    private void GiveUp()
    {
        var messages = _group.Sum(taken => taken.Batch.Count);
        Complete(AppendStatus.Unknown, 0);
        foreach (var queue in _context.Queues.Values)
        {
            while (queue.TakeStaged() is { } batch)
            {
                batch.Squeeze();
                messages += batch.Count;
                _group.Add(new TakenBatch(queue, batch, 0));
            }
        }

        Complete(AppendStatus.Unknown, 0);
        RunOrders();
        _context.Logger.ClosedWithUnknown(messages);
    }

    private bool IsClosing()
    {
        lock (_gate)
        {
            return _closing;
        }
    }
}
