using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Telematics.Messaging.Embedded;

/// <summary>What the parts of one open log share.</summary>
internal sealed record EmbeddedLogContext(EmbeddedLogOptions Options, TimeProvider Time, ILogger Logger, MessagingMetrics Metrics, Catalogue Catalogue, SegmentStore Segments, byte[] ProducerInstance)
    : IDamageReport
{
    // Retention removes whole segments: one spans at most an eighth of the age that is kept.
    internal const int SegmentsPerRetentionAge = 8;
    private readonly ConcurrentDictionary<(int Queue, long First), bool> _reported = new();

    /// <summary>All queues by number.</summary>
    public ConcurrentDictionary<int, EmbeddedQueue> Queues { get; } = new();

    /// <summary>The age at which a segment is no longer written on.</summary>
    public TimeSpan SegmentAge => Options.RetentionAge / SegmentsPerRetentionAge;

    public void OnDamage(int queueNumber, long first, long end, Exception? fault)
    {
        // Every reader that passes counts it; the log tells it once.
        Metrics.Damaged(end - first);
        if (_reported.TryAdd((queueNumber, first), true))
        {
            var name = Queues.TryGetValue(queueNumber, out var queue) ? queue.Queue.ToString() : $"{queueNumber}";
            Logger.MessagesDamaged(name, first, end - 1, end - first, fault?.Message ?? "The checksum does not match.");
        }
    }
}
