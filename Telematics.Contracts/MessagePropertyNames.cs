namespace Telematics.Contracts;

/// <summary>
/// Properties of messages. The first group has the names of Alibaba's MQTT service, so that server applications written
/// for it find them here.
/// </summary>
public static class MessagePropertyNames
{
    /// <summary>MQTT client identifier of the publisher.</summary>
    public static ReadOnlySpan<byte> ClientId => "clientId"u8;

    /// <summary>The MQTT topic behind its first level, with the leading slash (<c>/car-1</c>); downlink: whom it is for (<c>/p2p/{clientId}</c> or a sub-topic).</summary>
    public static ReadOnlySpan<byte> MqttSecondTopic => "mqttSecondTopic"u8;

    /// <summary>Downlink to one client (<c>/p2p/{clientId}</c>): the MQTT topic that it is shown instead of that.</summary>
    public static ReadOnlySpan<byte> MqttRealTopic => "mqttRealTopic"u8;

    /// <summary>QoS of the PUBLISH: 0, 1 or 2.</summary>
    public static ReadOnlySpan<byte> QosLevel => "qoslevel"u8;

    /// <summary>Whether the publisher's session is clean: <c>true</c> or <c>false</c>.</summary>
    public static ReadOnlySpan<byte> CleanSessionFlag => "cleansessionflag"u8;

    /// <summary>MQTT 5 Content Type.</summary>
    public static ReadOnlySpan<byte> Mqtt5ContentType => "mqtt5ContentType"u8;

    /// <summary>MQTT 5 user properties as a JSON list of <c>{"key","value"}</c>.</summary>
    public static ReadOnlySpan<byte> Mqtt5UserProperty => "mqtt5UserProperty"u8;

    /// <summary>MQTT 5 Message Expiry Interval in seconds.</summary>
    public static ReadOnlySpan<byte> Mqtt5MessageExpiryInterval => "mqtt5MsgExpireInterval"u8;

    /// <summary>MQTT 5 Response Topic.</summary>
    public static ReadOnlySpan<byte> Mqtt5ResponseTopic => "mqtt5ResponseTopic"u8;

    /// <summary>MQTT 5 Correlation Data in base64.</summary>
    public static ReadOnlySpan<byte> Mqtt5CorrelationData => "mqtt5CorrelationData"u8;

    /// <summary>MQTT 5 Payload Format Indicator: 0 or 1.</summary>
    public static ReadOnlySpan<byte> Mqtt5PayloadFormatIndicator => "mqtt5PayloadFormatIndicator"u8;

    /// <summary>Channel (one MQTT connection) over which a publish came.</summary>
    public static ReadOnlySpan<byte> ChannelId => "channelId"u8;

    /// <summary>Topic <see cref="TopicNames.Command"/>: what the message is; see <see cref="Commands.GatewayOrderKind"/>.</summary>
    public static ReadOnlySpan<byte> OrderKind => "orderKind"u8;

    /// <summary>Topic <see cref="TopicNames.Command"/>: the command's id, a UUID in lower case with hyphens.</summary>
    public static ReadOnlySpan<byte> CommandId => "commandId"u8;

    /// <summary>Topic <see cref="TopicNames.Command"/>: number of the delivery attempt, from 1.</summary>
    public static ReadOnlySpan<byte> Attempt => "attempt"u8;

    /// <summary>Topic <see cref="TopicNames.Command"/>: not to be delivered after this moment, in milliseconds since 1970-01-01 UTC.</summary>
    public static ReadOnlySpan<byte> NotAfter => "notAfter"u8;

    /// <summary>Topic <see cref="TopicNames.Command"/>: the gateway instance that an order concerns.</summary>
    public static ReadOnlySpan<byte> Instance => "instance"u8;

    /// <summary>Topic <see cref="TopicNames.Command"/>: why, in one word for the log and the MQTT reason code.</summary>
    public static ReadOnlySpan<byte> Reason => "reason"u8;
}
