using Telematics.Mqtt.Topics;

namespace Telematics.Mqtt.Packets;

/// <summary>One topic filter of a SUBSCRIBE or UNSUBSCRIBE.</summary>
public readonly ref struct SubscriptionRequest
{
    /// <summary>The topic filter: well-formed UTF-8, at least one byte.</summary>
    public ReadOnlySpan<byte> Filter { get; init; }

    /// <summary>Options; all zero in an UNSUBSCRIBE.</summary>
    public SubscriptionOptions Options { get; init; }

    /// <summary>
    /// Whether wildcards and shares stand where they may; an invalid one is answered by its own reason code,
    /// <see cref="MqttReasonCode.TopicFilterInvalid"/> (3.1.1: 0x80).
    /// </summary>
    public bool IsFilterValid => TopicFilter.IsValid(Filter);
}
