namespace Telematics.Messaging.Embedded;

/// <summary>A reading connection to a segment; lent to one read at a time.</summary>
internal sealed class SegmentReader : IDisposable
{
    // A read that filters everything out stops here, so that it hears of its cancellation.
    private const int MaxScannedBytes = 8 * 1024 * 1024;

    private readonly Dictionary<int, SqliteStatement> _selects = [];
    private readonly Dictionary<int, SqliteStatement> _seeks = [];
    private readonly SqliteDatabase _database;

    public SegmentReader(string path)
    {
        _database = new SqliteDatabase(path);
        try
        {
            _database.Execute("PRAGMA query_only=1");
            _database.Execute("PRAGMA wal_autocheckpoint=0");
            _database.Execute("PRAGMA cache_size=-1024");
        }
        catch
        {
            _database.Dispose();
            throw;
        }
    }

    /// <summary>Reads on from the cursor into the batch, up to <paramref name="end"/>, which the segment holds and which is the border of a block, and moves the cursor.</summary>
    public void Read(int queue, long end, ref ReadCursor cursor, BatchBuilder batch, IDamageReport damage)
    {
        try
        {
            ReadRows(queue, end, ref cursor, batch, damage);
        }
        catch (SqliteException fault) when (fault.IsDamage)
        {
            var next = FindReadable(queue, cursor.Next, end);
            damage.OnDamage(queue, cursor.Next, next, fault);
            cursor = new ReadCursor(next, next);
        }
    }

    public void Dispose() => _database.Dispose();

    private void ReadRows(int queue, long end, ref ReadCursor cursor, BatchBuilder batch, IDamageReport damage)
    {
        if (cursor.Block < 0)
        {
            cursor = cursor with { Block = Seek(queue, cursor.Next) };
        }

        var select = Select(queue);
        var scanned = 0;
        try
        {
            select.Bind(1, cursor.Block);
            while (select.Step())
            {
                var messages = select.Blob(5);
                var block = new BlockHeader(queue, select.Int64(0), (int)select.Int64(1), select.Int64(2), messages.Length);
                if (block.FirstOffset >= end)
                {
                    break; // committed a moment ago, not yet visible
                }

                var instance = select.Blob(3);
                if ((uint)select.Int64(4) != block.Checksum(instance))
                {
                    continue; // what the row says cannot be believed; the next one shows how far the loss goes
                }

                if (block.FirstOffset > cursor.Next)
                {
                    damage.OnDamage(queue, cursor.Next, block.FirstOffset, null);
                    cursor = new ReadCursor(block.FirstOffset, block.FirstOffset);
                }

                if (!ReadBlock(block, messages, instance, ref cursor, batch, damage))
                {
                    return;
                }

                scanned += messages.Length;
                if (scanned > MaxScannedBytes || batch.IsFull)
                {
                    return;
                }
            }
        }
        finally
        {
            select.Reset();
        }

        if (cursor.Next < end)
        {
            damage.OnDamage(queue, cursor.Next, end, null);
        }

        cursor = new ReadCursor(end, end);
    }

    // False when the batch is full.
    private static bool ReadBlock(in BlockHeader block, ReadOnlySpan<byte> rest, ReadOnlySpan<byte> instance, ref ReadCursor cursor, BatchBuilder batch, IDamageReport damage)
    {
        var end = block.FirstOffset + block.Count;
        for (var offset = block.FirstOffset; offset < end; offset++)
        {
            if (!RecordFormat.TryReadHeader(rest, out var header))
            {
                if (cursor.Next < end)
                {
                    damage.OnDamage(block.QueueNumber, cursor.Next, end, null);
                }

                break;
            }

            var record = rest[..header.Length];
            rest = rest[header.Length..];
            if (offset < cursor.Next)
            {
                continue;
            }

            if (!RecordFormat.IsIntact(record, header))
            {
                damage.OnDamage(block.QueueNumber, offset, offset + 1, null);
            }
            else if (batch.Wants(record.Slice(RecordFormat.HeaderLength + header.KeyLength, header.TagLength))
                && !batch.TryAdd(offset, block, instance, header, record[RecordFormat.HeaderLength..]))
            {
                cursor = new ReadCursor(offset, block.FirstOffset);
                return false;
            }

            cursor = new ReadCursor(offset + 1, block.FirstOffset);
        }

        cursor = new ReadCursor(Math.Max(end, cursor.Next), Math.Max(end, cursor.Next));
        return true;
    }

    // The block that holds the offset, or the offset itself when no block begins before it.
    private long Seek(int queue, long offset)
    {
        if (!_seeks.TryGetValue(queue, out var seek))
        {
            seek = _database.Prepare($"SELECT max(first_offset) FROM block_{queue} WHERE first_offset <= ?1");
            _seeks.Add(queue, seek);
        }

        seek.Bind(1, offset);
        var block = seek.Step() && !seek.IsNull(0) ? seek.Int64(0) : offset;
        seek.Reset();
        return block;
    }

    private SqliteStatement Select(int queue)
    {
        if (!_selects.TryGetValue(queue, out var select))
        {
            select = _database.Prepare($"SELECT first_offset, count, store_time, producer, checksum, messages FROM block_{queue} WHERE first_offset >= ?1 ORDER BY first_offset");
            _selects.Add(queue, select);
        }

        return select;
    }

    // A page of the tree is damaged: goes on in growing steps until a row can be reached again, then back to the first such place.
    private long FindReadable(int queue, long damaged, long end)
    {
        var step = 1L;
        while (damaged + step < end && !CanReach(queue, damaged + step, end, out _))
        {
            step *= 2;
        }

        if (damaged + step >= end)
        {
            return end;
        }

        var (low, high) = (damaged + (step / 2), damaged + step);
        while (high - low > 1)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = CanReach(queue, middle, end, out _) ? (low, middle) : (middle, high);
        }

        CanReach(queue, high, end, out var first);
        return first;
    }

    private bool CanReach(int queue, long offset, long end, out long first)
    {
        first = end;
        try
        {
            var select = Select(queue);
            select.Bind(1, offset);
            if (select.Step())
            {
                first = Math.Min(end, select.Int64(0));
            }

            select.Reset();
            return true;
        }
        catch (SqliteException fault) when (fault.IsDamage)
        {
            return false;
        }
    }
}

/// <summary>Where a reader stands.</summary>
/// <param name="Next">The next offset.</param>
/// <param name="Block">The first offset of the block to go on with; -1 when it must be looked for.</param>
internal readonly record struct ReadCursor(long Next, long Block);
