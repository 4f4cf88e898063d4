using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Telematics.RocketMQ.Remoting;

/// <summary>What all connections of a client share.</summary>
internal sealed class RemotingContext(TimeProvider time, ILogger logger, RemotingMetrics metrics)
{
    public TimeProvider Time => time;

    public ILogger Logger => logger;

    public RemotingMetrics Metrics => metrics;

    public PendingCallPool Calls { get; } = new();

    /// <summary>Who takes the requests that servers send.</summary>
    public ConcurrentDictionary<RequestCode, Action<string, RemotingResponse>> Handlers { get; } = new();
}
