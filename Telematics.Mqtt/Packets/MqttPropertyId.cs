namespace Telematics.Mqtt.Packets;

/// <summary>Property identifiers, MQTT 5.0 §2.2.2.2.</summary>
public enum MqttPropertyId : byte
{
    /// <summary>No property.</summary>
    None = 0,

    /// <summary>Byte; PUBLISH, will.</summary>
    PayloadFormatIndicator = 0x01,

    /// <summary>Four Byte Integer, seconds; PUBLISH, will.</summary>
    MessageExpiryInterval = 0x02,

    /// <summary>Text; PUBLISH, will.</summary>
    ContentType = 0x03,

    /// <summary>Text; PUBLISH, will.</summary>
    ResponseTopic = 0x08,

    /// <summary>Binary; PUBLISH, will.</summary>
    CorrelationData = 0x09,

    /// <summary>Variable Byte Integer; PUBLISH from the server (many times), SUBSCRIBE.</summary>
    SubscriptionIdentifier = 0x0B,

    /// <summary>Four Byte Integer, seconds; CONNECT, CONNACK, DISCONNECT.</summary>
    SessionExpiryInterval = 0x11,

    /// <summary>Text; CONNACK.</summary>
    AssignedClientIdentifier = 0x12,

    /// <summary>Two Byte Integer, seconds; CONNACK.</summary>
    ServerKeepAlive = 0x13,

    /// <summary>Text; CONNECT, CONNACK, AUTH.</summary>
    AuthenticationMethod = 0x15,

    /// <summary>Binary; CONNECT, CONNACK, AUTH.</summary>
    AuthenticationData = 0x16,

    /// <summary>Byte; CONNECT.</summary>
    RequestProblemInformation = 0x17,

    /// <summary>Four Byte Integer, seconds; will.</summary>
    WillDelayInterval = 0x18,

    /// <summary>Byte; CONNECT.</summary>
    RequestResponseInformation = 0x19,

    /// <summary>Text; CONNACK.</summary>
    ResponseInformation = 0x1A,

    /// <summary>Text; CONNACK, DISCONNECT.</summary>
    ServerReference = 0x1C,

    /// <summary>Text; all answers, DISCONNECT, AUTH.</summary>
    ReasonString = 0x1F,

    /// <summary>Two Byte Integer; CONNECT, CONNACK.</summary>
    ReceiveMaximum = 0x21,

    /// <summary>Two Byte Integer; CONNECT, CONNACK.</summary>
    TopicAliasMaximum = 0x22,

    /// <summary>Two Byte Integer; PUBLISH.</summary>
    TopicAlias = 0x23,

    /// <summary>Byte; CONNACK.</summary>
    MaximumQoS = 0x24,

    /// <summary>Byte; CONNACK.</summary>
    RetainAvailable = 0x25,

    /// <summary>Pair of texts; everywhere, many times.</summary>
    UserProperty = 0x26,

    /// <summary>Four Byte Integer; CONNECT, CONNACK.</summary>
    MaximumPacketSize = 0x27,

    /// <summary>Byte; CONNACK.</summary>
    WildcardSubscriptionAvailable = 0x28,

    /// <summary>Byte; CONNACK.</summary>
    SubscriptionIdentifierAvailable = 0x29,

    /// <summary>Byte; CONNACK.</summary>
    SharedSubscriptionAvailable = 0x2A,
}
