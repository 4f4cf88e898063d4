using System.Buffers;

namespace Telematics.Mqtt.Packets;

/// <summary>SUBACK (§3.9) and UNSUBACK (§3.11), which have one form; a 3.1.1 UNSUBACK has no reason codes.</summary>
public readonly ref struct SubackPacket
{
    /// <summary>The request it answers.</summary>
    public ushort PacketId { get; init; }

    /// <summary>5.0 properties.</summary>
    public MqttProperties Properties { get; init; }

    /// <summary>
    /// One <see cref="MqttReasonCode"/> for each topic filter, in their order. For a 3.1.1 SUBACK every failure is
    /// written as 0x80.
    /// </summary>
    public ReadOnlySpan<byte> ReasonCodes { get; init; }

    /// <summary>Reads a body.</summary>
    /// <param name="body">Everything behind the fixed header.</param>
    /// <param name="type"><see cref="MqttPacketType.Suback"/> or <see cref="MqttPacketType.Unsuback"/>.</param>
    /// <param name="version">The connection's version.</param>
    /// <param name="packet">The view.</param>
    /// <param name="error">Why not.</param>
    public static bool TryParse(ReadOnlySpan<byte> body, MqttPacketType type, MqttProtocolVersion version, out SubackPacket packet, out MqttError error)
    {
        packet = default;
        var reader = new PacketReader(body);
        if (!reader.TryReadPacketId(out var packetId, out error))
        {
            return false;
        }

        MqttProperties properties = default;
        if (version == MqttProtocolVersion.V500 && !MqttProperties.TryRead(ref reader, MqttPropertyRules.Answer, out properties, out error))
        {
            return false;
        }

        var codes = reader.Rest;
        if (codes.IsEmpty != (type == MqttPacketType.Unsuback && version != MqttProtocolVersion.V500))
        {
            error = MqttError.Malformed($"{type} with {codes.Length} reason codes [MQTT-3.8.4-6, MQTT-3.11.3-1]");
            return false;
        }

        foreach (var code in codes)
        {
            var legal = version == MqttProtocolVersion.V500 ? MqttReasonCodes.IsLegal(type, (MqttReasonCode)code) : code is <= 2 or 0x80;
            if (!legal)
            {
                error = MqttError.Protocol($"reason code 0x{code:X2} is not legal in {type} [MQTT-3.9.3-2, MQTT-3.11.3-2]");
                return false;
            }
        }

        packet = new SubackPacket { PacketId = packetId, Properties = properties, ReasonCodes = codes };
        return true;
    }

    /// <summary>Bytes of the whole packet.</summary>
    public int GetLength(MqttPacketType type, MqttProtocolVersion version) => PacketWriter.GetPacketLength(GetBodyLength(type, version));

    /// <summary>Writes the packet; returns its length.</summary>
    public int Write(Span<byte> destination, MqttPacketType type, MqttProtocolVersion version)
    {
        var writer = new PacketWriter(destination);
        writer.WriteFixedHeader(type, 0, GetBodyLength(type, version));
        writer.WriteUInt16(PacketId);
        writer.WriteProperties(Properties, version);
        if (version == MqttProtocolVersion.V500)
        {
            writer.WriteBytes(ReasonCodes);
        }
        else if (type == MqttPacketType.Suback)
        {
            foreach (var code in ReasonCodes)
            {
                writer.WriteByte(code >= 0x80 ? (byte)0x80 : code);
            }
        }

        return writer.Written;
    }

    /// <summary>Writes the packet.</summary>
    public void Write(IBufferWriter<byte> destination, MqttPacketType type, MqttProtocolVersion version) =>
        destination.Advance(Write(destination.GetSpan(GetLength(type, version)), type, version));

    private int GetBodyLength(MqttPacketType type, MqttProtocolVersion version) => 2
        + PacketWriter.GetPropertiesLength(Properties, version)
        + (type == MqttPacketType.Unsuback && version != MqttProtocolVersion.V500 ? 0 : ReasonCodes.Length);
}
