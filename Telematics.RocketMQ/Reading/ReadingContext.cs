using Microsoft.Extensions.Logging;
using Telematics.Messaging;
using Telematics.RocketMQ.Remoting;
using Telematics.RocketMQ.Routing;

namespace Telematics.RocketMQ.Reading;

/// <summary>What all readers of a client share.</summary>
internal sealed record ReadingContext(RemotingClient Client, RouteTable Routes, RocketMQOptions Options, TimeProvider Time, ILogger Logger, ReadingMetrics Metrics)
{
    /// <summary>What producers of the same process have stored.</summary>
    public StoredEnds StoredEnds { get; init; } = new(Time);

    /// <summary>What brokers say of offsets.</summary>
    public QueueOffsets Offsets { get; } = new(Client, Routes, Options);

    /// <summary>The queue's end: as the master says, which counts what can be pulled already, or what this process has stored.</summary>
    /// <exception cref="RemotingException">There is no answer.</exception>
    public async Task<long> GetEndAsync(MessageQueue queue, CancellationToken cancellationToken) =>
        Math.Max(await Offsets.GetMaxAsync(queue, cancellationToken), StoredEnds.Find(queue));
}
