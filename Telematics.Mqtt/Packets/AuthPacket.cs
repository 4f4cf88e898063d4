using System.Buffers;

namespace Telematics.Mqtt.Packets;

/// <summary>AUTH, MQTT 5.0 §3.15; 3.1.1 has none.</summary>
public readonly ref struct AuthPacket
{
    /// <summary>Authenticate Reason Code.</summary>
    public MqttReasonCode ReasonCode { get; init; }

    /// <summary>Properties.</summary>
    public MqttProperties Properties { get; init; }

    /// <summary>Reads a body.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, MqttProtocolVersion version, out AuthPacket packet, out MqttError error)
    {
        packet = default;
        error = default;
        if (version != MqttProtocolVersion.V500)
        {
            error = MqttError.Protocol("packet type 15 is reserved (3.1.1 §2.2.1)");
            return false;
        }

        var reader = new PacketReader(body);
        MqttProperties properties = default;
        if (reader.TryReadByte(out var code))
        {
            if (!MqttReasonCodes.IsLegal(MqttPacketType.Auth, (MqttReasonCode)code))
            {
                error = MqttError.Protocol($"Authenticate Reason Code 0x{code:X2} is not legal [MQTT-3.15.2-1]");
                return false;
            }

            if (!MqttProperties.TryRead(ref reader, MqttPropertyRules.Auth, out properties, out error))
            {
                return false;
            }
        }

        if (!reader.IsAtEnd)
        {
            error = MqttError.Malformed($"{reader.Rest.Length} bytes behind the last field of AUTH");
            return false;
        }

        packet = new AuthPacket { ReasonCode = (MqttReasonCode)code, Properties = properties };
        return true;
    }

    /// <summary>Bytes of the whole packet.</summary>
    public int GetLength() => PacketWriter.GetPacketLength(GetBodyLength());

    /// <summary>Writes the packet; returns its length.</summary>
    public int Write(Span<byte> destination)
    {
        var bodyLength = GetBodyLength();
        var writer = new PacketWriter(destination);
        writer.WriteFixedHeader(MqttPacketType.Auth, 0, bodyLength);
        if (bodyLength > 0)
        {
            writer.WriteByte((byte)ReasonCode);
            writer.WriteProperties(Properties, MqttProtocolVersion.V500);
        }

        return writer.Written;
    }

    /// <summary>Writes the packet.</summary>
    public void Write(IBufferWriter<byte> destination) => destination.Advance(Write(destination.GetSpan(GetLength())));

    // Reason Code and Property Length may be left out together for success without properties, §3.15.2.1.
    private int GetBodyLength() => ReasonCode == MqttReasonCode.Success && Properties.IsEmpty
        ? 0
        : 1 + PacketWriter.GetPropertiesLength(Properties, MqttProtocolVersion.V500);
}
