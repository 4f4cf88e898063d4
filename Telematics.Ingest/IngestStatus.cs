using Telematics.Storage.Consumers;

namespace Telematics.Ingest;

/// <summary>The figures of Ingest, for whoever shows them.</summary>
public sealed class IngestStatus(TimeProvider clock)
{
    private long _messages;
    private long _rows;
    private long _rollupOnly;
    private long _duplicates;
    private long _unjudged;
    private long _rejected;
    private TransactionalConsumer? _consumer;

    /// <summary>The figures now.</summary>
    public IngestSnapshot GetSnapshot()
    {
        var lagMessages = 0L;
        var lagMilliseconds = 0L;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var queue in Volatile.Read(ref _consumer)?.GetProgress() ?? [])
        {
            lagMessages += queue.Lag;
            if (queue.Lag > 0 && queue.LastStoreTime > 0)
            {
                lagMilliseconds = Math.Max(lagMilliseconds, now - queue.LastStoreTime);
            }
        }

        return new IngestSnapshot(
            Interlocked.Read(ref _messages),
            Interlocked.Read(ref _rows),
            Interlocked.Read(ref _rollupOnly),
            Interlocked.Read(ref _duplicates),
            Interlocked.Read(ref _unjudged),
            Interlocked.Read(ref _rejected),
            lagMessages,
            lagMilliseconds / 1_000d);
    }

    internal void Follow(TransactionalConsumer consumer) => Volatile.Write(ref _consumer, consumer);

    internal void Committed(in BatchCounts counts)
    {
        Interlocked.Add(ref _messages, counts.Messages);
        Interlocked.Add(ref _rows, counts.Rows);
        Interlocked.Add(ref _rollupOnly, counts.RollupOnly);
        Interlocked.Add(ref _duplicates, counts.Duplicates);
        Interlocked.Add(ref _unjudged, counts.Unjudged);
        Interlocked.Add(ref _rejected, counts.Rejected);
    }
}
