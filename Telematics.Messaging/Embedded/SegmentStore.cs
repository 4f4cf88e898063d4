using Microsoft.Extensions.Logging;

namespace Telematics.Messaging.Embedded;

/// <summary>The segments from oldest to newest. Readers take a snapshot; the writer adds at the end, retention takes from the beginning.</summary>
internal sealed class SegmentStore(string directory, ILogger logger)
{
    /// <summary>
    /// How far every queue's end is moved when a segment's end can no longer be read: more than fits into the file
    /// between two times that the catalogue notes the ends, so that no offset is ever given twice.
    /// </summary>
    public const long DamageMargin = 1 << 20;

    private readonly Lock _gate = new();
    private Segment[] _segments = [];
    private int _lastId;

    public IReadOnlyList<Segment> All => Volatile.Read(ref _segments);

    /// <summary>True when an end of a segment could not be read.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Reads from the files what they hold of each queue.</summary>
    /// <returns>For each queue the offset behind its last message.</returns>
    public Dictionary<int, long> Load()
    {
        var ends = new Dictionary<int, long>();
        var segments = new List<Segment>();
        foreach (var id in Directory.EnumerateFiles(directory, Segment.FilePattern).Select(Segment.IdOf).Order())
        {
            var segment = new Segment(directory, id) { IsSealed = true };
            segments.Add(segment);
            IsDamaged |= !new SegmentInspection(segment, logger).Run(ends);
        }

        CutOverlaps(segments);
        _segments = [.. segments];
        _lastId = segments.Count == 0 ? 0 : segments[^1].Id;
        return ends;
    }

    /// <summary>The newest segment to be written on, or null when a new one is better.</summary>
    /// <param name="floors">The queues as the catalogue has them: one whose end lies above what the segment holds would leave a gap in it.</param>
    public Segment? TakeNewest(IEnumerable<CatalogueQueue> floors)
    {
        if (IsDamaged
            || _segments is not [.., var newest]
            || floors.Any(queue => newest.Spans.TryGetValue(queue.Number, out var span) && span.End < queue.Floor))
        {
            return null;
        }

        newest.IsSealed = false;
        return newest;
    }

    /// <summary>Tells where queues have gaps between segments: raised ends, or tails lost in a power cut.</summary>
    public void ReportGaps(EmbeddedLogContext context)
    {
        var ends = new Dictionary<int, long>();
        foreach (var segment in All)
        {
            foreach (var (number, span) in segment.Spans)
            {
                if (ends.TryGetValue(number, out var end) && end < span.First && context.Queues.TryGetValue(number, out var queue))
                {
                    logger.GapFound(queue.Queue.ToString(), end, span.First - 1);
                }

                ends[number] = span.End;
            }
        }
    }

    public Segment Add()
    {
        lock (_gate)
        {
            var segment = new Segment(directory, ++_lastId); // never the name of one whose file a reader may still hold
            Volatile.Write(ref _segments, [.. _segments, segment]);
            return segment;
        }
    }

    public void RemoveOldest(Segment oldest)
    {
        lock (_gate)
        {
            Volatile.Write(ref _segments, [.. _segments.Where(segment => !ReferenceEquals(segment, oldest))]);
        }
    }

    /// <summary>The segment that holds the first message of a queue at or behind an offset; the caller releases it.</summary>
    public Segment? Acquire(int queue, long offset, out QueueSpan span)
    {
        while (true)
        {
            var segments = Volatile.Read(ref _segments);
            Segment? found = null;
            span = null!;

            // From the newest: readers are mostly at the end.
            for (var i = segments.Length - 1; i >= 0; i--)
            {
                if (!segments[i].Spans.TryGetValue(queue, out var candidate))
                {
                    continue;
                }

                if (candidate.End <= offset)
                {
                    break;
                }

                (found, span) = (segments[i], candidate);
            }

            if (found is null || found.TryAcquire())
            {
                return found;
            }
        }
    }

    /// <summary>The first offset of a queue that is still there, or null when nothing is.</summary>
    public long? FirstOffset(int queue)
    {
        foreach (var segment in Volatile.Read(ref _segments))
        {
            if (segment.Spans.TryGetValue(queue, out var span))
            {
                return span.First;
            }
        }

        return null;
    }

    public void Close()
    {
        foreach (var segment in Interlocked.Exchange(ref _segments, []))
        {
            segment.Retire(deleteFiles: false);
        }
    }

    // After a COMMIT with an unclear end the group was written again, perhaps into the next segment: that one holds.
    private static void CutOverlaps(List<Segment> segments)
    {
        var firsts = new Dictionary<int, long>();
        for (var i = segments.Count - 1; i >= 0; i--)
        {
            foreach (var (queue, span) in segments[i].Spans)
            {
                if (firsts.TryGetValue(queue, out var next) && span.End > next)
                {
                    span.End = next;
                }

                firsts[queue] = span.First;
            }
        }
    }
}
