using System.Buffers;

namespace Telematics.Mqtt.Packets;

/// <summary>DISCONNECT, MQTT 5.0 §3.14 and 3.1.1 §3.14.</summary>
public readonly ref struct DisconnectPacket
{
    /// <summary>5.0 reason code; 3.1.1 knows only the normal one.</summary>
    public MqttReasonCode ReasonCode { get; init; }

    /// <summary>5.0 properties.</summary>
    public MqttProperties Properties { get; init; }

    /// <summary>Reads a body.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, MqttProtocolVersion version, MqttSender sender, out DisconnectPacket packet, out MqttError error)
    {
        packet = default;
        error = default;
        if (version != MqttProtocolVersion.V500 && sender == MqttSender.Server)
        {
            error = MqttError.Protocol("DISCONNECT from a server (3.1.1 §3.14)");
            return false;
        }

        var reader = new PacketReader(body);
        byte code = 0;
        MqttProperties properties = default;
        if (version == MqttProtocolVersion.V500 && reader.TryReadByte(out code))
        {
            if (!IsLegal((MqttReasonCode)code, sender))
            {
                error = MqttError.Protocol($"Disconnect Reason Code 0x{code:X2} is not legal from the {sender} [MQTT-3.14.2-1]");
                return false;
            }

            var allowed = sender == MqttSender.Client ? MqttPropertyRules.DisconnectFromClient : MqttPropertyRules.DisconnectFromServer;
            if (!reader.IsAtEnd && !MqttProperties.TryRead(ref reader, allowed, out properties, out error))
            {
                return false;
            }
        }

        if (!reader.IsAtEnd)
        {
            error = MqttError.Malformed($"{reader.Rest.Length} bytes behind the last field of DISCONNECT");
            return false;
        }

        packet = new DisconnectPacket { ReasonCode = (MqttReasonCode)code, Properties = properties };
        return true;
    }

    /// <summary>Bytes of the whole packet.</summary>
    public int GetLength(MqttProtocolVersion version) => PacketWriter.GetPacketLength(GetBodyLength(version));

    /// <summary>Writes the packet; returns its length.</summary>
    public int Write(Span<byte> destination, MqttProtocolVersion version)
    {
        var bodyLength = GetBodyLength(version);
        var writer = new PacketWriter(destination);
        writer.WriteFixedHeader(MqttPacketType.Disconnect, 0, bodyLength);
        if (bodyLength > 0)
        {
            writer.WriteByte((byte)ReasonCode);
        }

        if (bodyLength > 1)
        {
            writer.WriteProperties(Properties, version);
        }

        return writer.Written;
    }

    /// <summary>Writes the packet.</summary>
    public void Write(IBufferWriter<byte> destination, MqttProtocolVersion version) =>
        destination.Advance(Write(destination.GetSpan(GetLength(version)), version));

    private int GetBodyLength(MqttProtocolVersion version) => version switch
    {
        MqttProtocolVersion.V500 when !Properties.IsEmpty => 1 + PacketWriter.GetPropertiesLength(Properties, version),
        MqttProtocolVersion.V500 when ReasonCode != MqttReasonCode.Success => 1,
        _ => 0,
    };

    // §3.14.2.1 table 3-10: who may send which.
    private static bool IsLegal(MqttReasonCode code, MqttSender sender) => MqttReasonCodes.IsLegal(MqttPacketType.Disconnect, code)
        && (sender == MqttSender.Client
            ? code is MqttReasonCode.Success or MqttReasonCode.DisconnectWithWillMessage
                or >= MqttReasonCode.UnspecifiedError and <= MqttReasonCode.ImplementationSpecificError
                or MqttReasonCode.TopicNameInvalid or >= MqttReasonCode.ReceiveMaximumExceeded and <= MqttReasonCode.PayloadFormatInvalid
            : code != MqttReasonCode.DisconnectWithWillMessage);
}
