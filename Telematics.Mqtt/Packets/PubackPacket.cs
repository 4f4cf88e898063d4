using System.Buffers;
using System.Buffers.Binary;

namespace Telematics.Mqtt.Packets;

/// <summary>PUBACK, PUBREC, PUBREL and PUBCOMP, which have one form; MQTT 5.0 §3.4 to §3.7.</summary>
public readonly ref struct PubackPacket
{
    /// <summary>Length of an answer with reason 0x00 and without properties, which is the same in both versions.</summary>
    public const int SuccessLength = 4;

    /// <summary>The publish it answers.</summary>
    public ushort PacketId { get; init; }

    /// <summary>5.0 reason code.</summary>
    public MqttReasonCode ReasonCode { get; init; }

    /// <summary>5.0 properties.</summary>
    public MqttProperties Properties { get; init; }

    /// <summary>Reads a body.</summary>
    /// <param name="body">Everything behind the fixed header.</param>
    /// <param name="type">Which of the four it is.</param>
    /// <param name="version">The connection's version.</param>
    /// <param name="packet">The view.</param>
    /// <param name="error">Why not.</param>
    public static bool TryParse(ReadOnlySpan<byte> body, MqttPacketType type, MqttProtocolVersion version, out PubackPacket packet, out MqttError error)
    {
        packet = default;
        var reader = new PacketReader(body);
        if (!reader.TryReadPacketId(out var packetId, out error))
        {
            return false;
        }

        byte code = 0;
        MqttProperties properties = default;
        if (version == MqttProtocolVersion.V500 && reader.TryReadByte(out code))
        {
            if (!MqttReasonCodes.IsLegal(type, (MqttReasonCode)code))
            {
                error = MqttError.Protocol($"Reason Code 0x{code:X2} is not legal in {type} [MQTT-3.4.2-1]");
                return false;
            }

            // The property length may be left out when there are no properties, §3.4.2.2.1.
            if (!reader.IsAtEnd && !MqttProperties.TryRead(ref reader, MqttPropertyRules.Answer, out properties, out error))
            {
                return false;
            }
        }

        if (!reader.IsAtEnd)
        {
            error = MqttError.Malformed($"{reader.Rest.Length} bytes behind the last field of {type}");
            return false;
        }

        packet = new PubackPacket { PacketId = packetId, ReasonCode = (MqttReasonCode)code, Properties = properties };
        return true;
    }

    /// <summary>Writes the answer that nearly all are: success, no properties, <see cref="SuccessLength"/> bytes, both versions.</summary>
    public static int WriteSuccess(Span<byte> destination, MqttPacketType type, ushort packetId)
    {
        destination[0] = (byte)((int)type << 4 | (type == MqttPacketType.Pubrel ? 0x02 : 0));
        destination[1] = 2;
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], packetId);
        return SuccessLength;
    }

    /// <summary>Bytes of the whole packet.</summary>
    public int GetLength(MqttProtocolVersion version) => PacketWriter.GetPacketLength(GetBodyLength(version));

    /// <summary>Writes the packet; returns its length. 3.1.1 has no reason: whoever refuses there must not answer.</summary>
    public int Write(Span<byte> destination, MqttPacketType type, MqttProtocolVersion version)
    {
        var bodyLength = GetBodyLength(version);
        var writer = new PacketWriter(destination);
        writer.WriteFixedHeader(type, type == MqttPacketType.Pubrel ? 0x02 : 0, bodyLength);
        writer.WriteUInt16(PacketId);
        if (bodyLength > 2)
        {
            writer.WriteByte((byte)ReasonCode);
        }

        if (bodyLength > 3)
        {
            writer.WriteProperties(Properties, version);
        }

        return writer.Written;
    }

    /// <summary>Writes the packet.</summary>
    public void Write(IBufferWriter<byte> destination, MqttPacketType type, MqttProtocolVersion version) =>
        destination.Advance(Write(destination.GetSpan(GetLength(version)), type, version));

    private int GetBodyLength(MqttProtocolVersion version) => version switch
    {
        MqttProtocolVersion.V500 when !Properties.IsEmpty => 3 + PacketWriter.GetPropertiesLength(Properties, version),
        MqttProtocolVersion.V500 when ReasonCode != MqttReasonCode.Success => 3,
        _ => 2,
    };
}
