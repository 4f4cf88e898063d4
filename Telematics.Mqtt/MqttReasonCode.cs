namespace Telematics.Mqtt;

/// <summary>MQTT 5.0 §2.4 reason codes; the value 0x00 also stands for "Normal disconnection" and "Granted QoS 0".</summary>
public enum MqttReasonCode : byte
{
    /// <summary>Success (CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, UNSUBACK, AUTH), normal disconnection (DISCONNECT), granted QoS 0 (SUBACK).</summary>
    Success = 0x00,

    /// <summary>SUBACK §3.9.3.</summary>
    GrantedQoS1 = 0x01,

    /// <summary>SUBACK §3.9.3.</summary>
    GrantedQoS2 = 0x02,

    /// <summary>DISCONNECT §3.14.2.1, from the client.</summary>
    DisconnectWithWillMessage = 0x04,

    /// <summary>PUBACK §3.4.2.1, PUBREC §3.5.2.1.</summary>
    NoMatchingSubscribers = 0x10,

    /// <summary>UNSUBACK §3.11.3.</summary>
    NoSubscriptionExisted = 0x11,

    /// <summary>AUTH §3.15.2.1.</summary>
    ContinueAuthentication = 0x18,

    /// <summary>AUTH §3.15.2.1, from the client.</summary>
    ReAuthenticate = 0x19,

    /// <summary>The sender does not wish to say why; in 3.1.1 SUBACK "Failure".</summary>
    UnspecifiedError = 0x80,

    /// <summary>Data that could not be parsed, §4.13.</summary>
    MalformedPacket = 0x81,

    /// <summary>Well-formed, and not allowed here, §4.13.</summary>
    ProtocolError = 0x82,

    /// <summary>Valid, and not accepted by this implementation.</summary>
    ImplementationSpecificError = 0x83,

    /// <summary>CONNACK §3.2.2.2.</summary>
    UnsupportedProtocolVersion = 0x84,

    /// <summary>CONNACK §3.2.2.2: a valid text, and not allowed by this server.</summary>
    ClientIdentifierNotValid = 0x85,

    /// <summary>CONNACK §3.2.2.2.</summary>
    BadUserNameOrPassword = 0x86,

    /// <summary>Not authorized.</summary>
    NotAuthorized = 0x87,

    /// <summary>CONNACK §3.2.2.2.</summary>
    ServerUnavailable = 0x88,

    /// <summary>The server is busy, try again later.</summary>
    ServerBusy = 0x89,

    /// <summary>CONNACK §3.2.2.2.</summary>
    Banned = 0x8A,

    /// <summary>DISCONNECT §3.14.2.1.</summary>
    ServerShuttingDown = 0x8B,

    /// <summary>The authentication method is not supported or does not match the one in use.</summary>
    BadAuthenticationMethod = 0x8C,

    /// <summary>DISCONNECT: nothing received for 1.5 times the Keep Alive.</summary>
    KeepAliveTimeout = 0x8D,

    /// <summary>DISCONNECT: another connection uses the client identifier.</summary>
    SessionTakenOver = 0x8E,

    /// <summary>The topic filter is not accepted.</summary>
    TopicFilterInvalid = 0x8F,

    /// <summary>The topic name is not accepted.</summary>
    TopicNameInvalid = 0x90,

    /// <summary>The packet identifier is already in use.</summary>
    PacketIdentifierInUse = 0x91,

    /// <summary>PUBREL, PUBCOMP.</summary>
    PacketIdentifierNotFound = 0x92,

    /// <summary>DISCONNECT: more unacknowledged publishes than Receive Maximum.</summary>
    ReceiveMaximumExceeded = 0x93,

    /// <summary>DISCONNECT §3.14.2.1.</summary>
    TopicAliasInvalid = 0x94,

    /// <summary>The packet is larger than this client or server takes.</summary>
    PacketTooLarge = 0x95,

    /// <summary>DISCONNECT §3.14.2.1.</summary>
    MessageRateTooHigh = 0x96,

    /// <summary>A limit of the implementation or the administrator is exceeded.</summary>
    QuotaExceeded = 0x97,

    /// <summary>DISCONNECT §3.14.2.1.</summary>
    AdministrativeAction = 0x98,

    /// <summary>The payload is not what the Payload Format Indicator says.</summary>
    PayloadFormatInvalid = 0x99,

    /// <summary>The server keeps no retained messages.</summary>
    RetainNotSupported = 0x9A,

    /// <summary>The QoS is above the server's Maximum QoS.</summary>
    QoSNotSupported = 0x9B,

    /// <summary>Use another server, for now.</summary>
    UseAnotherServer = 0x9C,

    /// <summary>Use another server, for ever.</summary>
    ServerMoved = 0x9D,

    /// <summary>Shared subscriptions are not supported.</summary>
    SharedSubscriptionsNotSupported = 0x9E,

    /// <summary>The rate of connections is too high.</summary>
    ConnectionRateExceeded = 0x9F,

    /// <summary>DISCONNECT: the maximum connection time is over.</summary>
    MaximumConnectTime = 0xA0,

    /// <summary>Subscription identifiers are not supported.</summary>
    SubscriptionIdentifiersNotSupported = 0xA1,

    /// <summary>Wildcard subscriptions are not supported.</summary>
    WildcardSubscriptionsNotSupported = 0xA2,
}
