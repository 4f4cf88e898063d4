using System.Buffers;
using Telematics.Mqtt.Topics;

namespace Telematics.Mqtt.Packets;

/// <summary>PUBLISH, MQTT 5.0 §3.3 and 3.1.1 §3.3.</summary>
public readonly ref struct PublishPacket
{
    /// <summary>DUP: this may be sent again, §3.3.1.1.</summary>
    public bool Duplicate { get; init; }

    /// <summary>QoS, §3.3.1.2.</summary>
    public QualityOfService QualityOfService { get; init; }

    /// <summary>RETAIN, §3.3.1.3.</summary>
    public bool Retain { get; init; }

    /// <summary>Topic name; empty only with a Topic Alias (5.0).</summary>
    public ReadOnlySpan<byte> Topic { get; init; }

    /// <summary>Packet identifier; 0 at QoS 0.</summary>
    public ushort PacketId { get; init; }

    /// <summary>5.0 properties.</summary>
    public MqttProperties Properties { get; init; }

    /// <summary>The message.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>Reads a body.</summary>
    /// <param name="body">Everything behind the fixed header.</param>
    /// <param name="flags">The fixed header's flags, checked by <see cref="MqttFixedHeader"/>.</param>
    /// <param name="version">The connection's version.</param>
    /// <param name="sender">Who wrote it.</param>
    /// <param name="packet">The view.</param>
    /// <param name="error">Why not.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> body, byte flags, MqttProtocolVersion version, MqttSender sender, out PublishPacket packet, out MqttError error)
    {
        packet = default;
        var reader = new PacketReader(body);
        var qualityOfService = (QualityOfService)(flags >> 1 & 3);
        if (!reader.TryReadText("Topic Name", out var topic, out error))
        {
            return false;
        }

        if (TopicName.ContainsWildcards(topic))
        {
            error = new MqttError(MqttReasonCode.TopicNameInvalid, "Topic Name contains a wildcard [MQTT-3.3.2-2]");
            return false;
        }

        ushort packetId = 0;
        if (qualityOfService != QualityOfService.AtMostOnce && !reader.TryReadPacketId(out packetId, out error))
        {
            return false;
        }

        MqttProperties properties = default;
        if (version == MqttProtocolVersion.V500)
        {
            var allowed = sender == MqttSender.Client ? MqttPropertyRules.PublishFromClient : MqttPropertyRules.PublishFromServer;
            if (!MqttProperties.TryRead(ref reader, allowed, out properties, out error))
            {
                return false;
            }
        }

        if (topic.IsEmpty && !properties.TryGet(MqttPropertyId.TopicAlias, out _))
        {
            error = MqttError.Protocol("Topic Name is empty and there is no Topic Alias (§3.3.2.1) [MQTT-4.7.3-1]");
            return false;
        }

        packet = new PublishPacket
        {
            Duplicate = (flags & 0x08) != 0,
            QualityOfService = qualityOfService,
            Retain = (flags & 0x01) != 0,
            Topic = topic,
            PacketId = packetId,
            Properties = properties,
            Payload = reader.Rest,
        };
        return true;
    }

    /// <summary>
    /// Whether the payload is what the Payload Format Indicator says (§3.3.2.3.2: a receiver may check, and answer
    /// <see cref="MqttReasonCode.PayloadFormatInvalid"/>). It reads the whole payload.
    /// </summary>
    public bool IsPayloadAsIndicated() =>
        Properties.GetNumber(MqttPropertyId.PayloadFormatIndicator, absent: 0) == 0 || System.Text.Unicode.Utf8.IsValid(Payload);

    /// <summary>Bytes of the whole packet.</summary>
    public int GetLength(MqttProtocolVersion version) => PacketWriter.GetPacketLength(GetBodyLength(version));

    /// <summary>
    /// Where the packet identifier stands in the written packet, so that one encoding serves many receivers; -1 at QoS 0.
    /// </summary>
    public int GetPacketIdOffset(MqttProtocolVersion version) => QualityOfService == QualityOfService.AtMostOnce
        ? -1
        : 1 + VariableByteInteger.GetLength(GetBodyLength(version)) + 2 + Topic.Length;

    /// <summary>Writes the packet; returns its length.</summary>
    public int Write(Span<byte> destination, MqttProtocolVersion version)
    {
        var writer = new PacketWriter(destination);
        var flags = (Duplicate ? 0x08 : 0) | (int)QualityOfService << 1 | (Retain ? 0x01 : 0);
        writer.WriteFixedHeader(MqttPacketType.Publish, flags, GetBodyLength(version));
        writer.WriteBinary(Topic);
        if (QualityOfService != QualityOfService.AtMostOnce)
        {
            writer.WriteUInt16(PacketId);
        }

        writer.WriteProperties(Properties, version);
        writer.WriteBytes(Payload);
        return writer.Written;
    }

    /// <summary>Writes the packet.</summary>
    public void Write(IBufferWriter<byte> destination, MqttProtocolVersion version) =>
        destination.Advance(Write(destination.GetSpan(GetLength(version)), version));

    private int GetBodyLength(MqttProtocolVersion version) => 2 + Topic.Length
        + (QualityOfService == QualityOfService.AtMostOnce ? 0 : 2)
        + PacketWriter.GetPropertiesLength(Properties, version)
        + Payload.Length;
}
