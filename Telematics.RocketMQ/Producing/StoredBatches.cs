using System.Collections.Concurrent;

namespace Telematics.RocketMQ.Producing;

/// <summary>
/// How many batches each broker has stored for this process: whether a broker that fails for one message works for others. Safe for
/// any thread.
/// </summary>
internal sealed class StoredBatches
{
    private readonly ConcurrentDictionary<string, Count> _brokers = new(StringComparer.Ordinal);

    /// <summary>A broker's count, the same one for all who ask.</summary>
    public Count Of(string broker) => _brokers.GetOrAdd(broker, static _ => new Count());

    /// <summary>A count that only grows.</summary>
    internal sealed class Count
    {
        private long _value;

        public long Value => Volatile.Read(ref _value);

        public void Add() => Interlocked.Increment(ref _value);
    }
}
