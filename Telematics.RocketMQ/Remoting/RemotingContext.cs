using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Telematics.RocketMQ.Remoting;

/// <summary>What all connections of a client share.</summary>
internal sealed class RemotingContext(RocketMQOptions options, TimeProvider time, ILogger logger, RemotingMetrics metrics)
{
    public TimeProvider Time => time;

    public ILogger Logger => logger;

    public RemotingMetrics Metrics => metrics;

    /// <summary>The longest time for making a connection.</summary>
    public TimeSpan ConnectTimeout => options.RequestTimeout;

    public ServerConnector Connector { get; } = new(ServerTls.FromOptions(options.Tls));

    /// <summary>Null: requests are not signed.</summary>
    public RequestSigner? Signer { get; } = RequestSigner.FromOptions(options);

    public PendingCallPool Calls { get; } = new();

    /// <summary>Who takes the requests that servers send.</summary>
    public ConcurrentDictionary<RequestCode, Action<string, RemotingResponse>> Handlers { get; } = new();
}
