using System.Collections.Concurrent;

namespace Telematics.Messaging.Embedded;

/// <summary>
/// Upkeep beside the writer, on a thread of its own: moves the write-ahead log into the file, seals full segments and
/// removes the oldest by age and size. The writer waits for none of it.
/// </summary>
internal sealed class SegmentKeeper : IDisposable
{
    private readonly EmbeddedLogContext _context;
    private readonly ConcurrentQueue<(Segment Segment, SegmentWriter? Writer)> _sealing = new();
    private readonly AutoResetEvent _signal = new(false);
    private readonly Lock _upkeep = new();
    private readonly Thread _thread;
    private ITimer? _timer;
    private Action? _roll;
    private SqliteDatabase? _checkpointer;
    private long _bytesOnDisk;
    private volatile bool _checkpointDue;
    private volatile bool _idleDue;
    private volatile bool _closing;
    private bool _failed;

    public SegmentKeeper(EmbeddedLogContext context)
    {
        _context = context;
        _thread = new Thread(Run) { IsBackground = true, Name = "Telematics log upkeep" };
    }

    /// <summary>Bytes of the log on disk when it was last looked at.</summary>
    public long BytesOnDisk => Volatile.Read(ref _bytesOnDisk);

    /// <param name="roll">Asks the writer to begin a new segment, because the newest holds only what is too old.</param>
    public void Start(Action roll)
    {
        _roll = roll;
        _timer = _context.Time.CreateTimer(_ => OnTimer(), null, _context.Options.RetentionInterval, _context.Options.RetentionInterval);
        _thread.Start();
        _signal.Set();
    }

    /// <summary>Takes a segment that is no longer written to, with its writing connection if there is one.</summary>
    public void Seal(Segment segment, SegmentWriter? writer)
    {
        _sealing.Enqueue((segment, writer));
        _signal.Set();
    }

    public void WakeForCheckpoint()
    {
        _checkpointDue = true;
        _signal.Set();
    }

    /// <summary>Does at once what the timer would do.</summary>
    public void RunUpkeep()
    {
        lock (_upkeep)
        {
            try
            {
                SealSegments();
                CheckpointNewest();
                ApplyRetention();
                CloseIdleReaders();
                _failed = false;
            }
            catch (Exception fault) when (fault is SqliteException or IOException or UnauthorizedAccessException)
            {
                if (!_failed)
                {
                    _context.Logger.UpkeepFailed(fault.Message);
                }

                _failed = true;
            }
        }
    }

    public void Dispose()
    {
        _closing = true;
        _signal.Set();
        _timer?.Dispose();
        if (_thread.IsAlive)
        {
            _thread.Join();
        }

        RunUpkeep();
        _checkpointer?.Dispose();

        // The signal is not disposed: a timer's last call may still be about to set it.
    }

    private void Run()
    {
        while (!_closing)
        {
            _signal.WaitOne();
            RunUpkeep();
        }
    }

    private void OnTimer()
    {
        _idleDue = true;
        _signal.Set();
    }

    private void CloseIdleReaders()
    {
        if (_idleDue)
        {
            _idleDue = false;
            foreach (var segment in _context.Segments.All)
            {
                segment.CloseIdleReaders();
            }
        }
    }

    private void SealSegments()
    {
        while (_sealing.TryDequeue(out var sealing))
        {
            CloseCheckpointer();
            sealing.Segment.IsSealed = true;
            using (sealing.Writer)
            {
                sealing.Writer?.Checkpoint();
            }
        }
    }

    private void CheckpointNewest()
    {
        if (!_checkpointDue || _context.Segments.All is not [.., var newest] || !File.Exists(newest.Path))
        {
            return;
        }

        _checkpointDue = false;
        if (_checkpointer?.Path != newest.Path)
        {
            CloseCheckpointer();
            _checkpointer = new SqliteDatabase(newest.Path);
            _checkpointer.Execute("PRAGMA synchronous=NORMAL");
        }

        _checkpointer.Checkpoint();
        _context.Catalogue.RaiseFloors(_context.Queues.Values.Select(queue => new KeyValuePair<int, long>(queue.Number, queue.Range.EndOffset)));
    }

    private void CloseCheckpointer()
    {
        _checkpointer?.Dispose();
        _checkpointer = null;
    }

    private void ApplyRetention()
    {
        var bytes = _context.Segments.All.Sum(segment => segment.BytesOnDisk);
        var oldestKept = (_context.Time.GetUtcNow() - _context.Options.RetentionAge).ToUnixTimeMilliseconds();
        while (_context.Segments.All is [var oldest, ..])
        {
            var expired = oldest.LastStoreTime < oldestKept;
            if (!expired && bytes <= _context.Options.RetentionBytes)
            {
                break;
            }

            if (!oldest.IsSealed)
            {
                // It is being written to: the writer leaves it first, the next round takes it.
                if (expired && !oldest.Spans.IsEmpty)
                {
                    _roll?.Invoke();
                }

                break;
            }

            bytes -= oldest.BytesOnDisk;
            Remove(oldest);
        }

        Volatile.Write(ref _bytesOnDisk, bytes);
    }

    private void Remove(Segment segment)
    {
        // First the floors: whatever comes then, no offset is given twice.
        _context.Catalogue.RaiseFloors(_context.Queues.Values
            .Where(queue => segment.Spans.ContainsKey(queue.Number))
            .Select(queue => new KeyValuePair<int, long>(queue.Number, queue.Range.EndOffset)));

        // Then the beginnings: a reader that misses the segment sees that it is trimmed.
        foreach (var (number, span) in segment.Spans)
        {
            if (_context.Queues.TryGetValue(number, out var queue))
            {
                queue.SetBegin(span.End);
            }
        }

        _context.Segments.RemoveOldest(segment);

        var messages = segment.Messages;
        segment.Retire(deleteFiles: true);
        _context.Metrics.Trimmed(messages);
        _context.Logger.SegmentRemoved(segment.Path, messages, DateTimeOffset.FromUnixTimeMilliseconds(segment.LastStoreTime));
    }
}
