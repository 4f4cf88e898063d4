namespace Telematics.Mqtt.Packets;

/// <summary>Which property may stand where (sets as bits by identifier), how often, and with which values; MQTT 5.0 §2.2.2.2 table 2-4.</summary>
internal static class MqttPropertyRules
{
    private const ulong Message = 1UL << (int)MqttPropertyId.PayloadFormatIndicator
        | 1UL << (int)MqttPropertyId.MessageExpiryInterval
        | 1UL << (int)MqttPropertyId.ContentType
        | 1UL << (int)MqttPropertyId.ResponseTopic
        | 1UL << (int)MqttPropertyId.CorrelationData
        | 1UL << (int)MqttPropertyId.UserProperty;

    private const ulong Authentication = 1UL << (int)MqttPropertyId.AuthenticationMethod | 1UL << (int)MqttPropertyId.AuthenticationData;

    private const ulong Session = 1UL << (int)MqttPropertyId.SessionExpiryInterval
        | 1UL << (int)MqttPropertyId.ReceiveMaximum
        | 1UL << (int)MqttPropertyId.TopicAliasMaximum
        | 1UL << (int)MqttPropertyId.MaximumPacketSize
        | 1UL << (int)MqttPropertyId.UserProperty
        | Authentication;

    public const ulong Connect = Session
        | 1UL << (int)MqttPropertyId.RequestProblemInformation
        | 1UL << (int)MqttPropertyId.RequestResponseInformation;

    public const ulong Will = Message | 1UL << (int)MqttPropertyId.WillDelayInterval;

    public const ulong Connack = Session
        | 1UL << (int)MqttPropertyId.AssignedClientIdentifier
        | 1UL << (int)MqttPropertyId.ServerKeepAlive
        | 1UL << (int)MqttPropertyId.ResponseInformation
        | 1UL << (int)MqttPropertyId.ServerReference
        | 1UL << (int)MqttPropertyId.ReasonString
        | 1UL << (int)MqttPropertyId.MaximumQoS
        | 1UL << (int)MqttPropertyId.RetainAvailable
        | 1UL << (int)MqttPropertyId.WildcardSubscriptionAvailable
        | 1UL << (int)MqttPropertyId.SubscriptionIdentifierAvailable
        | 1UL << (int)MqttPropertyId.SharedSubscriptionAvailable;

    // A PUBLISH from the client MUST NOT contain a Subscription Identifier [MQTT-3.3.4-6].
    public const ulong PublishFromClient = Message | 1UL << (int)MqttPropertyId.TopicAlias;

    public const ulong PublishFromServer = PublishFromClient | 1UL << (int)MqttPropertyId.SubscriptionIdentifier;

    /// <summary>PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK.</summary>
    public const ulong Answer = 1UL << (int)MqttPropertyId.ReasonString | 1UL << (int)MqttPropertyId.UserProperty;

    public const ulong Subscribe = 1UL << (int)MqttPropertyId.SubscriptionIdentifier | 1UL << (int)MqttPropertyId.UserProperty;

    public const ulong Unsubscribe = 1UL << (int)MqttPropertyId.UserProperty;

    // The Session Expiry Interval MUST NOT be sent in a DISCONNECT by the server [MQTT-3.14.2-2].
    public const ulong DisconnectFromClient = Answer | 1UL << (int)MqttPropertyId.SessionExpiryInterval;

    public const ulong DisconnectFromServer = Answer | 1UL << (int)MqttPropertyId.ServerReference;

    public const ulong Auth = Answer | Authentication;

    public static MqttPropertyKind GetKind(uint id) => (MqttPropertyId)id switch
    {
        _ when id > (uint)MqttPropertyId.SharedSubscriptionAvailable => MqttPropertyKind.None,
        MqttPropertyId.PayloadFormatIndicator or MqttPropertyId.RequestProblemInformation or MqttPropertyId.RequestResponseInformation
            or MqttPropertyId.MaximumQoS or MqttPropertyId.RetainAvailable or MqttPropertyId.WildcardSubscriptionAvailable
            or MqttPropertyId.SubscriptionIdentifierAvailable or MqttPropertyId.SharedSubscriptionAvailable => MqttPropertyKind.Byte,
        MqttPropertyId.ServerKeepAlive or MqttPropertyId.ReceiveMaximum or MqttPropertyId.TopicAliasMaximum
            or MqttPropertyId.TopicAlias => MqttPropertyKind.TwoByteInteger,
        MqttPropertyId.MessageExpiryInterval or MqttPropertyId.SessionExpiryInterval or MqttPropertyId.WillDelayInterval
            or MqttPropertyId.MaximumPacketSize => MqttPropertyKind.FourByteInteger,
        MqttPropertyId.SubscriptionIdentifier => MqttPropertyKind.VariableByteInteger,
        MqttPropertyId.ContentType or MqttPropertyId.ResponseTopic or MqttPropertyId.AssignedClientIdentifier
            or MqttPropertyId.AuthenticationMethod or MqttPropertyId.ResponseInformation or MqttPropertyId.ServerReference
            or MqttPropertyId.ReasonString => MqttPropertyKind.Text,
        MqttPropertyId.CorrelationData or MqttPropertyId.AuthenticationData => MqttPropertyKind.Binary,
        MqttPropertyId.UserProperty => MqttPropertyKind.TextPair,
        _ => MqttPropertyKind.None,
    };

    /// <summary>Whether a property may stand more than once; a Subscription Identifier only in a PUBLISH (§3.3.2.3.8), not in a SUBSCRIBE (§3.8.2.1.2).</summary>
    public static bool MayRepeat(MqttPropertyId id, ulong allowed) =>
        id == MqttPropertyId.UserProperty || (id == MqttPropertyId.SubscriptionIdentifier && allowed == PublishFromServer);

    public static MqttError CheckValue(in MqttProperty property)
    {
        var number = property.Number;
        switch (property.Id)
        {
            case MqttPropertyId.TopicAlias when number == 0:
                return new MqttError(MqttReasonCode.TopicAliasInvalid, "Topic Alias is 0 [MQTT-3.3.2-8]");
            case MqttPropertyId.ReceiveMaximum or MqttPropertyId.MaximumPacketSize or MqttPropertyId.SubscriptionIdentifier when number == 0:
                return MqttError.Protocol($"{property.Id} is 0 (§3.1.2.11.3, §3.1.2.11.4, §3.8.2.1.2)");
            case MqttPropertyId.ResponseTopic when Topics.TopicName.ContainsWildcards(property.Value):
                return MqttError.Protocol("Response Topic contains a wildcard [MQTT-3.3.2-14]");
            case MqttPropertyId.ResponseTopic when property.Value.IsEmpty:
                return MqttError.Protocol("Response Topic is empty [MQTT-4.7.3-1]");
            default:
                return GetKind((uint)property.Id) == MqttPropertyKind.Byte && number > 1
                    ? MqttError.Protocol($"{property.Id} is {number}, neither 0 nor 1 (§2.2.2.2)")
                    : default;
        }
    }
}
