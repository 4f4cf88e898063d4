using System.Collections.Concurrent;
using Telematics.Messaging;

namespace Telematics.RocketMQ;

/// <summary>
/// How far queues were filled by this process a short while ago. A broker says OK to a message before it can be pulled, and
/// until then the end that it tells does not count it either: milliseconds mostly, seconds on a busy machine. Who appended
/// something finds it when it reads to the end; for messages of other processes the end is the broker's.
/// </summary>
internal sealed class StoredEnds(TimeProvider time)
{
    // A broker whose master died without a copy has lost its tail for good: its own word counts again after this.
    private static readonly TimeSpan Validity = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<MessageQueue, (long End, long NotedAt)> _ends = new();

    /// <summary>A message was stored before this offset.</summary>
    public void Note(MessageQueue queue, long end) => _ends[queue] = (end, time.GetTimestamp());

    /// <summary>The end as far as it is known here; 0: it is not.</summary>
    public long Find(MessageQueue queue) =>
        _ends.TryGetValue(queue, out var noted) && time.GetElapsedTime(noted.NotedAt) < Validity ? noted.End : 0;
}
