using System.Buffers;

namespace Telematics.Mqtt.Packets;

/// <summary>CONNACK, MQTT 5.0 §3.2 and 3.1.1 §3.2.</summary>
public readonly ref struct ConnackPacket
{
    /// <summary>Whether the server has kept a session of the client.</summary>
    public bool SessionPresent { get; init; }

    /// <summary>
    /// Connect Reason Code. For 3.1.1 it is translated (<see cref="MqttReasonCodes.TryGetReturnCode"/>); one that 3.1.1
    /// does not know is written as "server unavailable".
    /// </summary>
    public MqttReasonCode ReasonCode { get; init; }

    /// <summary>5.0 properties.</summary>
    public MqttProperties Properties { get; init; }

    /// <summary>Reads a body.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, MqttProtocolVersion version, out ConnackPacket packet, out MqttError error)
    {
        packet = default;
        error = default;
        var reader = new PacketReader(body);
        if (!reader.TryReadByte(out var flags) || !reader.TryReadByte(out var code))
        {
            return PacketReader.Truncated("Connect Reason Code", out error);
        }

        if ((flags & 0xFE) != 0)
        {
            error = MqttError.Malformed($"Connect Acknowledge Flags are 0x{flags:X2}, bits 7-1 must be 0 [MQTT-3.2.2-1]");
            return false;
        }

        var reason = (MqttReasonCode)code;
        MqttProperties properties = default;
        if (version == MqttProtocolVersion.V500)
        {
            if (!MqttReasonCodes.IsLegal(MqttPacketType.Connack, reason))
            {
                error = MqttError.Protocol($"Connect Reason Code 0x{code:X2} is not legal here [MQTT-3.2.2-8]");
                return false;
            }

            if (!MqttProperties.TryRead(ref reader, MqttPropertyRules.Connack, out properties, out error))
            {
                return false;
            }
        }
        else if (!MqttReasonCodes.TryGetReason(code, out reason))
        {
            error = MqttError.Protocol($"Connect Return code {code} is reserved (3.1.1 §3.2.2.3)");
            return false;
        }

        if (!reader.IsAtEnd)
        {
            error = MqttError.Malformed($"{reader.Rest.Length} bytes behind the last field of CONNACK");
            return false;
        }

        if (flags != 0 && reason != MqttReasonCode.Success)
        {
            error = MqttError.Protocol("Session Present is 1 in a refusal [MQTT-3.2.2-6]");
            return false;
        }

        packet = new ConnackPacket { SessionPresent = flags != 0, ReasonCode = reason, Properties = properties };
        return true;
    }

    /// <summary>Bytes of the whole packet.</summary>
    public int GetLength(MqttProtocolVersion version) => PacketWriter.GetPacketLength(2 + PacketWriter.GetPropertiesLength(Properties, version));

    /// <summary>Writes the packet; returns its length.</summary>
    public int Write(Span<byte> destination, MqttProtocolVersion version)
    {
        var code = (byte)ReasonCode;
        if (version != MqttProtocolVersion.V500 && !MqttReasonCodes.TryGetReturnCode(ReasonCode, out code))
        {
            code = 3;
        }

        var writer = new PacketWriter(destination);
        writer.WriteFixedHeader(MqttPacketType.Connack, 0, 2 + PacketWriter.GetPropertiesLength(Properties, version));
        writer.WriteByte(SessionPresent && code == 0 ? (byte)1 : (byte)0);
        writer.WriteByte(code);
        writer.WriteProperties(Properties, version);
        return writer.Written;
    }

    /// <summary>Writes the packet.</summary>
    public void Write(IBufferWriter<byte> destination, MqttProtocolVersion version) =>
        destination.Advance(Write(destination.GetSpan(GetLength(version)), version));
}
