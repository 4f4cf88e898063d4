using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Telematics.Messaging.Embedded;

/// <summary>Finds out at opening which offsets a segment holds, from the two ends of each queue's table.</summary>
internal sealed class SegmentInspection(Segment segment, ILogger logger)
{
    private const string TablePrefix = "block_";

    /// <summary>Fills the segment's spans and raises <paramref name="ends"/>; false when something at its ends is damaged.</summary>
    public bool Run(Dictionary<int, long> ends)
    {
        var sound = true;
        try
        {
            using var database = new SqliteDatabase(segment.Path);
            foreach (var queue in Queues(database))
            {
                sound &= Inspect(database, queue, ends);
            }
        }
        catch (SqliteException fault) when (fault.IsDamage)
        {
            sound = false;
            logger.SegmentDamaged(segment.Path, fault.Message);
        }

        if (!sound)
        {
            // Retention must not take what can still be read because its age is not known.
            segment.LastStoreTime = Math.Max(segment.LastStoreTime, new DateTimeOffset(File.GetLastWriteTimeUtc(segment.Path)).ToUnixTimeMilliseconds());
        }

        return sound;
    }

    private bool Inspect(SqliteDatabase database, int queue, Dictionary<int, long> ends)
    {
        try
        {
            var first = database.Scalar($"SELECT min(first_offset) FROM {TablePrefix}{queue}");
            if (first is null)
            {
                return true;
            }

            var last = database.Prepare($"SELECT first_offset, count, store_time, length(messages), producer, checksum FROM {TablePrefix}{queue} ORDER BY first_offset DESC LIMIT 1");
            last.Step();
            var block = new BlockHeader(queue, last.Int64(0), (int)last.Int64(1), last.Int64(2), (int)last.Int64(3));
            var sound = block.Checksum(last.Blob(4)) == (uint)last.Int64(5);
            last.Reset();
            if (!sound)
            {
                logger.SegmentDamaged(segment.Path, $"the last block of queue {queue} does not match its checksum");
                Assign(queue, first.Value, Math.Max(block.FirstOffset + 1, ends.GetValueOrDefault(queue)), ends);
                return false;
            }

            Assign(queue, first.Value, block.FirstOffset + block.Count, ends);
            segment.LastStoreTime = Math.Max(segment.LastStoreTime, block.StoreTime);
            var began = database.Scalar($"SELECT store_time FROM {TablePrefix}{queue} ORDER BY first_offset LIMIT 1") ?? block.StoreTime;
            segment.FirstStoreTime = segment.FirstStoreTime == 0 ? began : Math.Min(segment.FirstStoreTime, began);
            return true;
        }
        catch (SqliteException fault) when (fault.IsDamage)
        {
            logger.SegmentDamaged(segment.Path, fault.Message);
            return false;
        }
    }

    private void Assign(int queue, long first, long end, Dictionary<int, long> ends)
    {
        segment.Spans[queue] = new QueueSpan(first, end);
        ends[queue] = Math.Max(ends.GetValueOrDefault(queue), end);
    }

    private static List<int> Queues(SqliteDatabase database)
    {
        var queues = new List<int>();
        var tables = database.Prepare($"SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB '{TablePrefix}[0-9]*'");
        while (tables.Step())
        {
            queues.Add(int.Parse(tables.Text(0).AsSpan(TablePrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture));
        }

        tables.Reset();
        return queues;
    }
}
