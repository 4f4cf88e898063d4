using Microsoft.Extensions.Logging;
using Telematics.Contracts.Credentials;
using Telematics.Gateway.Downlink;
using Telematics.Gateway.Topics;
using Telematics.Messaging;

namespace Telematics.Gateway.Sessions;

/// <summary>What all loops of a gateway share; each part is safe for any thread.</summary>
internal sealed class GatewayShared
{
    public required GatewayOptions Options { get; init; }

    public required TimeProvider Time { get; init; }

    public required TopicTable Topics { get; init; }

    public required IMessageProducer VehicleEvents { get; init; }

    public required IMessageProducer CommandReceipts { get; init; }

    /// <summary>Null without authentication.</summary>
    public required ICredentialVerifier? Verifier { get; init; }

    public required GatewayMetrics Metrics { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>The instance at start.</summary>
    public required string Instance { get; init; }

    private readonly Lock _topicOrder = new();
    private long _lastTopicSequence;

    public ClientDirectory Directory { get; } = new();

    public ChannelId Channels { get; } = new();

    /// <summary>All loops by index; filled before any of them runs.</summary>
    public IReadOnlyList<SessionLoop> Loops { get; set; } = [];

    /// <summary>Gives messages to all loops, numbered, so that all loops have them in the same order.</summary>
    public void PostToAll(TopicWork work)
    {
        lock (_topicOrder)
        {
            work.Sequence = ++_lastTopicSequence;
            foreach (var loop in Loops)
            {
                loop.Post(work);
            }
        }
    }
}
