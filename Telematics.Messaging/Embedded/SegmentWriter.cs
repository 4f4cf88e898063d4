using Telematics.Messaging.Staging;

namespace Telematics.Messaging.Embedded;

/// <summary>
/// The writing connection to the newest segment. A group of staged batches becomes one transaction; a row holds a block
/// of messages. Write-ahead log without a sync at each commit: what is committed is with the operating system and
/// survives the death of this process; the file stays consistent in a power cut.
/// </summary>
internal sealed class SegmentWriter : IDisposable
{
    /// <summary>Large enough for few rows a group, small enough to be read again when a reader stops in the middle.</summary>
    public const int BlockLength = 64 * 1024;

    private readonly Dictionary<int, SqliteStatement> _inserts = [];
    private readonly SqliteDatabase _database;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly SqliteStatement _pages;
    private readonly long _pageLength;

    public SegmentWriter(Segment segment)
    {
        Segment = segment;
        _database = new SqliteDatabase(segment.Path, busyMilliseconds: 0); // nobody else writes; GroupCommit waits better
        try
        {
            // Measured (docs/decisions/0003): the write-ahead log takes whole pages, and most groups put a few messages into each of eight queues.
            _database.Execute("PRAGMA page_size=4096");
            _database.Execute("PRAGMA journal_mode=WAL");
            _database.Execute("PRAGMA synchronous=NORMAL");
            _database.Execute("PRAGMA wal_autocheckpoint=0"); // SegmentKeeper does it, beside the writer
            _database.Execute("PRAGMA journal_size_limit=67108864");
            _database.Execute("PRAGMA cache_size=-4096");
            _begin = _database.Prepare("BEGIN IMMEDIATE");
            _commit = _database.Prepare("COMMIT");
            _pages = _database.Prepare("PRAGMA page_count");
            _pageLength = _database.Scalar("PRAGMA page_size") ?? throw new MessageLogException($"{segment.Path}: no page size");
        }
        catch
        {
            _database.Dispose();
            throw;
        }
    }

    public Segment Segment { get; }

    /// <summary>The length of the file when the write-ahead log has been moved into it.</summary>
    public long Length
    {
        get
        {
            _pages.Step();
            var pages = _pages.Int64(0);
            _pages.Reset();
            return pages * _pageLength;
        }
    }

    /// <summary>Stores a group. When it throws, nothing of the group is in the file, or (an error in COMMIT) all of it may be.</summary>
    public void Write(List<TakenBatch> group, long storeTime, ReadOnlySpan<byte> producerInstance)
    {
        try
        {
            _begin.Run();
            foreach (var taken in group)
            {
                WriteBlocks(taken, storeTime, producerInstance);
            }

            _commit.Run();
        }
        catch
        {
            // Tables made in this transaction are gone, and so are their statements.
            foreach (var insert in _inserts.Values)
            {
                _database.Discard(insert);
            }

            _inserts.Clear();
            if (_database.InTransaction)
            {
                _database.Execute("ROLLBACK");
            }

            throw;
        }
    }

    /// <summary>Moves the write-ahead log into the file; nobody writes any more.</summary>
    public void Checkpoint() => _database.Checkpoint(truncate: true);

    public void Dispose() => _database.Dispose();

    private void WriteBlocks(in TakenBatch taken, long storeTime, ReadOnlySpan<byte> producerInstance)
    {
        var batch = taken.Batch;
        var insert = Insert(taken.Queue.Number);
        for (var first = 0; first < batch.Count;)
        {
            var start = batch[first].Start;
            var length = batch[first].Length;
            var next = first + 1;
            while (next < batch.Count && length + batch[next].Length <= BlockLength)
            {
                length += batch[next++].Length;
            }

            var header = new BlockHeader(taken.Queue.Number, taken.FirstOffset + first, next - first, storeTime, length);
            insert.Bind(1, header.FirstOffset);
            insert.Bind(2, header.Count);
            insert.Bind(3, storeTime);
            insert.Bind(4, producerInstance);
            insert.Bind(5, header.Checksum(producerInstance));
            insert.Bind(6, batch.Bytes(start, length));
            insert.Run();
            first = next;
        }
    }

    private SqliteStatement Insert(int queue)
    {
        if (!_inserts.TryGetValue(queue, out var insert))
        {
            // A table a queue: appends go to the right edge of its tree. Replacing: after an unclear COMMIT the same block is written again.
            _database.Execute($"CREATE TABLE IF NOT EXISTS block_{queue}(first_offset INTEGER PRIMARY KEY, count INTEGER NOT NULL, store_time INTEGER NOT NULL, producer BLOB NOT NULL, checksum INTEGER NOT NULL, messages BLOB NOT NULL)");
            insert = _database.Prepare($"INSERT OR REPLACE INTO block_{queue} VALUES(?, ?, ?, ?, ?, ?)");
            _inserts.Add(queue, insert);
        }

        return insert;
    }
}

/// <summary>A batch in the writer's hands.</summary>
/// <param name="Queue">Its queue.</param>
/// <param name="Batch">The messages, none abandoned.</param>
/// <param name="FirstOffset">The offset of the first.</param>
internal readonly record struct TakenBatch(EmbeddedQueue Queue, StagedBatch Batch, long FirstOffset);
