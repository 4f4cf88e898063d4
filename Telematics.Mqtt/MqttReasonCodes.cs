namespace Telematics.Mqtt;

/// <summary>Which reason code may stand in which packet, and what 3.1.1 has in its place.</summary>
public static class MqttReasonCodes
{
    /// <summary>Whether a reason code is legal in a packet (MQTT 5.0 §2.4, table 2-6).</summary>
    public static bool IsLegal(MqttPacketType type, MqttReasonCode code) => type switch
    {
        MqttPacketType.Connack => code is MqttReasonCode.Success
            or >= MqttReasonCode.UnspecifiedError and <= MqttReasonCode.Banned
            or MqttReasonCode.BadAuthenticationMethod or MqttReasonCode.TopicNameInvalid or MqttReasonCode.PacketTooLarge
            or MqttReasonCode.QuotaExceeded or >= MqttReasonCode.PayloadFormatInvalid and <= MqttReasonCode.ServerMoved
            or MqttReasonCode.ConnectionRateExceeded,
        MqttPacketType.Puback or MqttPacketType.Pubrec => code is MqttReasonCode.Success or MqttReasonCode.NoMatchingSubscribers
            or MqttReasonCode.UnspecifiedError or MqttReasonCode.ImplementationSpecificError or MqttReasonCode.NotAuthorized
            or MqttReasonCode.TopicNameInvalid or MqttReasonCode.PacketIdentifierInUse or MqttReasonCode.QuotaExceeded
            or MqttReasonCode.PayloadFormatInvalid,
        MqttPacketType.Pubrel or MqttPacketType.Pubcomp => code is MqttReasonCode.Success or MqttReasonCode.PacketIdentifierNotFound,
        MqttPacketType.Suback => code is MqttReasonCode.Success or MqttReasonCode.GrantedQoS1 or MqttReasonCode.GrantedQoS2
            or MqttReasonCode.UnspecifiedError or MqttReasonCode.ImplementationSpecificError or MqttReasonCode.NotAuthorized
            or MqttReasonCode.TopicFilterInvalid or MqttReasonCode.PacketIdentifierInUse or MqttReasonCode.QuotaExceeded
            or MqttReasonCode.SharedSubscriptionsNotSupported or MqttReasonCode.SubscriptionIdentifiersNotSupported
            or MqttReasonCode.WildcardSubscriptionsNotSupported,
        MqttPacketType.Unsuback => code is MqttReasonCode.Success or MqttReasonCode.NoSubscriptionExisted
            or MqttReasonCode.UnspecifiedError or MqttReasonCode.ImplementationSpecificError or MqttReasonCode.NotAuthorized
            or MqttReasonCode.TopicFilterInvalid or MqttReasonCode.PacketIdentifierInUse,
        MqttPacketType.Disconnect => code is MqttReasonCode.Success or MqttReasonCode.DisconnectWithWillMessage
            or >= MqttReasonCode.UnspecifiedError and <= MqttReasonCode.ImplementationSpecificError
            or MqttReasonCode.NotAuthorized or MqttReasonCode.ServerBusy or >= MqttReasonCode.ServerShuttingDown and <= MqttReasonCode.TopicNameInvalid
            or >= MqttReasonCode.ReceiveMaximumExceeded and <= MqttReasonCode.WildcardSubscriptionsNotSupported,
        MqttPacketType.Auth => code is MqttReasonCode.Success or MqttReasonCode.ContinueAuthentication or MqttReasonCode.ReAuthenticate,
        _ => false,
    };

    /// <summary>
    /// The 3.1.1 CONNACK return code (3.1.1 §3.2.2.3) for a reason; false when 3.1.1 has none and the server closes the
    /// connection without an answer.
    /// </summary>
    public static bool TryGetReturnCode(MqttReasonCode reason, out byte returnCode)
    {
        returnCode = reason switch
        {
            MqttReasonCode.Success => 0,
            MqttReasonCode.UnsupportedProtocolVersion => 1,
            MqttReasonCode.ClientIdentifierNotValid => 2,
            MqttReasonCode.ServerUnavailable or MqttReasonCode.ServerBusy or MqttReasonCode.ServerShuttingDown
                or MqttReasonCode.QuotaExceeded or MqttReasonCode.ConnectionRateExceeded or MqttReasonCode.UseAnotherServer
                or MqttReasonCode.ServerMoved => 3,
            MqttReasonCode.BadUserNameOrPassword => 4,
            MqttReasonCode.NotAuthorized or MqttReasonCode.Banned or MqttReasonCode.BadAuthenticationMethod => 5,
            _ => byte.MaxValue,
        };
        return returnCode != byte.MaxValue;
    }

    /// <summary>The reason that a 3.1.1 CONNACK return code stands for; false for reserved codes.</summary>
    public static bool TryGetReason(byte returnCode, out MqttReasonCode reason)
    {
        reason = returnCode switch
        {
            0 => MqttReasonCode.Success,
            1 => MqttReasonCode.UnsupportedProtocolVersion,
            2 => MqttReasonCode.ClientIdentifierNotValid,
            3 => MqttReasonCode.ServerUnavailable,
            4 => MqttReasonCode.BadUserNameOrPassword,
            5 => MqttReasonCode.NotAuthorized,
            _ => MqttReasonCode.MalformedPacket,
        };
        return returnCode <= 5;
    }
}
