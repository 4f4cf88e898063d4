using Microsoft.Extensions.Logging;
using Telematics.RocketMQ.Remoting;
using Telematics.RocketMQ.Routing;

namespace Telematics.RocketMQ.Reading;

/// <summary>What all readers of a client share.</summary>
internal sealed record ReadingContext(RemotingClient Client, RouteTable Routes, RocketMQOptions Options, TimeProvider Time, ILogger Logger, ReadingMetrics Metrics)
{
    /// <summary>What producers of the same process have stored.</summary>
    public StoredEnds StoredEnds { get; init; } = new(Time);
}
