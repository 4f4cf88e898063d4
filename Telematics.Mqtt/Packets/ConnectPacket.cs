using System.Buffers;

namespace Telematics.Mqtt.Packets;

/// <summary>CONNECT, MQTT 5.0 §3.1 and 3.1.1 §3.1: a view on its bytes, or the fields to write one.</summary>
public readonly ref struct ConnectPacket
{
    /// <summary>The version; <see cref="MqttProtocolVersion.Unknown"/> when the client speaks another one.</summary>
    public MqttProtocolVersion Version { get; init; }

    /// <summary>Clean Start; Clean Session in 3.1.1.</summary>
    public bool CleanStart { get; init; }

    /// <summary>Seconds; 0 turns it off.</summary>
    public ushort KeepAlive { get; init; }

    /// <summary>5.0 properties.</summary>
    public MqttProperties Properties { get; init; }

    /// <summary>Client Identifier; empty asks the server to assign one.</summary>
    public ReadOnlySpan<byte> ClientId { get; init; }

    /// <summary>Whether there is a will.</summary>
    public bool HasWill { get; init; }

    /// <summary>The will's QoS.</summary>
    public QualityOfService WillQualityOfService { get; init; }

    /// <summary>Whether the will is to be retained.</summary>
    public bool WillRetain { get; init; }

    /// <summary>5.0 properties of the will.</summary>
    public MqttProperties WillProperties { get; init; }

    /// <summary>The will's topic name.</summary>
    public ReadOnlySpan<byte> WillTopic { get; init; }

    /// <summary>The will's payload.</summary>
    public ReadOnlySpan<byte> WillPayload { get; init; }

    /// <summary>Whether there is a user name.</summary>
    public bool HasUserName { get; init; }

    /// <summary>User name.</summary>
    public ReadOnlySpan<byte> UserName { get; init; }

    /// <summary>Whether there is a password.</summary>
    public bool HasPassword { get; init; }

    /// <summary>Password: any bytes.</summary>
    public ReadOnlySpan<byte> Password { get; init; }

    /// <summary>
    /// Reads a body. On failure <paramref name="packet"/> holds the version if the body got that far: with
    /// <see cref="MqttProtocolVersion.Unknown"/> nothing is known about how to answer, and 3.1.1's CONNACK with return
    /// code 1 is what most clients understand.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out ConnectPacket packet, out MqttError error)
    {
        packet = default;
        var reader = new PacketReader(body);
        if (!reader.TryReadText("Protocol Name", out var name, out error))
        {
            return false;
        }

        var isMqtt = name.SequenceEqual("MQTT"u8);
        if (!isMqtt && !name.SequenceEqual("MQIsdp"u8))
        {
            error = new MqttError(MqttReasonCode.UnsupportedProtocolVersion, "Protocol Name is not MQTT [MQTT-3.1.2-1]");
            return false;
        }

        if (!reader.TryReadByte(out var level))
        {
            return PacketReader.Truncated("Protocol Version", out error);
        }

        if (!isMqtt || level is not ((byte)MqttProtocolVersion.V311 or (byte)MqttProtocolVersion.V500))
        {
            error = new MqttError(MqttReasonCode.UnsupportedProtocolVersion, $"Protocol Version {level} is neither 4 (3.1.1) nor 5 [MQTT-3.1.2-2]");
            return false;
        }

        var version = (MqttProtocolVersion)level;
        packet = new ConnectPacket { Version = version };
        if (!reader.TryReadByte(out var flags) || !reader.TryReadUInt16(out var keepAlive))
        {
            return PacketReader.Truncated("Connect Flags or Keep Alive", out error);
        }

        error = CheckFlags(flags, version);
        if (error.IsError)
        {
            return false;
        }

        MqttProperties properties = default;
        if (version == MqttProtocolVersion.V500 && !MqttProperties.TryRead(ref reader, MqttPropertyRules.Connect, out properties, out error))
        {
            return false;
        }

        if (!reader.TryReadText("Client Identifier", out var clientId, out error))
        {
            return false;
        }

        var cleanStart = (flags & 0x02) != 0;
        if (version == MqttProtocolVersion.V311 && clientId.IsEmpty && !cleanStart)
        {
            error = new MqttError(MqttReasonCode.ClientIdentifierNotValid, "Client Identifier is empty and Clean Session is 0 [MQTT-3.1.3-8]");
            return false;
        }

        var hasWill = (flags & 0x04) != 0;
        MqttProperties willProperties = default;
        ReadOnlySpan<byte> willTopic = default;
        ReadOnlySpan<byte> willPayload = default;
        if (hasWill && !TryReadWill(ref reader, version, out willProperties, out willTopic, out willPayload, out error))
        {
            return false;
        }

        var hasUserName = (flags & 0x80) != 0;
        ReadOnlySpan<byte> userName = default;
        if (hasUserName && !reader.TryReadText("User Name", out userName, out error))
        {
            return false;
        }

        var hasPassword = (flags & 0x40) != 0;
        ReadOnlySpan<byte> password = default;
        if (hasPassword && !reader.TryReadBinary(out password))
        {
            return PacketReader.Truncated("Password", out error);
        }

        if (!reader.IsAtEnd)
        {
            error = MqttError.Malformed($"{reader.Rest.Length} bytes behind the last field of CONNECT [MQTT-3.1.3-1]");
            return false;
        }

        packet = new ConnectPacket
        {
            Version = version,
            CleanStart = cleanStart,
            KeepAlive = keepAlive,
            Properties = properties,
            ClientId = clientId,
            HasWill = hasWill,
            WillQualityOfService = (QualityOfService)(flags >> 3 & 3),
            WillRetain = (flags & 0x20) != 0,
            WillProperties = willProperties,
            WillTopic = willTopic,
            WillPayload = willPayload,
            HasUserName = hasUserName,
            UserName = userName,
            HasPassword = hasPassword,
            Password = password,
        };
        return true;
    }

    /// <summary>Bytes of the whole packet.</summary>
    public int GetLength() => PacketWriter.GetPacketLength(GetBodyLength());

    /// <summary>Writes the packet; returns its length.</summary>
    public int Write(Span<byte> destination)
    {
        var writer = new PacketWriter(destination);
        writer.WriteFixedHeader(MqttPacketType.Connect, 0, GetBodyLength());
        writer.WriteBinary("MQTT"u8);
        writer.WriteByte((byte)Version);
        writer.WriteByte((byte)((CleanStart ? 0x02 : 0)
            | (HasWill ? 0x04 | (int)WillQualityOfService << 3 | (WillRetain ? 0x20 : 0) : 0)
            | (HasPassword ? 0x40 : 0)
            | (HasUserName ? 0x80 : 0)));
        writer.WriteUInt16(KeepAlive);
        writer.WriteProperties(Properties, Version);
        writer.WriteBinary(ClientId);
        if (HasWill)
        {
            writer.WriteProperties(WillProperties, Version);
            writer.WriteBinary(WillTopic);
            writer.WriteBinary(WillPayload);
        }

        if (HasUserName)
        {
            writer.WriteBinary(UserName);
        }

        if (HasPassword)
        {
            writer.WriteBinary(Password);
        }

        return writer.Written;
    }

    /// <summary>Writes the packet.</summary>
    public void Write(IBufferWriter<byte> destination) => destination.Advance(Write(destination.GetSpan(GetLength())));

    private int GetBodyLength() => 10
        + PacketWriter.GetPropertiesLength(Properties, Version)
        + 2 + ClientId.Length
        + (HasWill ? PacketWriter.GetPropertiesLength(WillProperties, Version) + 4 + WillTopic.Length + WillPayload.Length : 0)
        + (HasUserName ? 2 + UserName.Length : 0)
        + (HasPassword ? 2 + Password.Length : 0);

    private static MqttError CheckFlags(byte flags, MqttProtocolVersion version)
    {
        if ((flags & 0x01) != 0)
        {
            return MqttError.Malformed("the reserved bit of the Connect Flags is 1 [MQTT-3.1.2-3]");
        }

        if ((flags & 0x04) == 0 && (flags & 0x38) != 0)
        {
            return MqttError.Malformed("Will Flag is 0, but Will QoS or Will Retain is not [MQTT-3.1.2-11, MQTT-3.1.2-13]");
        }

        if ((flags & 0x18) == 0x18)
        {
            return MqttError.Malformed("Will QoS is 3 [MQTT-3.1.2-12]");
        }

        return version == MqttProtocolVersion.V311 && (flags & 0xC0) == 0x40
            ? MqttError.Malformed("Password Flag is 1 and User Name Flag is 0 (3.1.1) [MQTT-3.1.2-22]")
            : default;
    }

    private static bool TryReadWill(
        scoped ref PacketReader reader,
        MqttProtocolVersion version,
        out MqttProperties properties,
        out ReadOnlySpan<byte> topic,
        out ReadOnlySpan<byte> payload,
        out MqttError error)
    {
        properties = default;
        topic = default;
        payload = default;
        error = default;
        if (version == MqttProtocolVersion.V500 && !MqttProperties.TryRead(ref reader, MqttPropertyRules.Will, out properties, out error))
        {
            return false;
        }

        if (!reader.TryReadText("Will Topic", out topic, out error))
        {
            return false;
        }

        if (topic.IsEmpty || Topics.TopicName.ContainsWildcards(topic))
        {
            error = new MqttError(MqttReasonCode.TopicNameInvalid, "Will Topic is empty or contains a wildcard [MQTT-4.7.1-1, MQTT-4.7.3-1]");
            return false;
        }

        return reader.TryReadBinary(out payload) || PacketReader.Truncated("Will Payload", out error);
    }
}
