namespace Telematics.Mqtt.Packets;

/// <summary>What SUBSCRIBE and UNSUBSCRIBE have in common: packet identifier, properties, topic filters; with options in SUBSCRIBE only.</summary>
internal static class SubscriptionLayout
{
    public static bool TryParse(
        ReadOnlySpan<byte> body, MqttPacketType type, MqttProtocolVersion version, out ushort packetId, out MqttProperties properties, out SubscriptionRequests requests, out MqttError error)
    {
        properties = default;
        requests = default;
        var isSubscribe = type == MqttPacketType.Subscribe;
        var reader = new PacketReader(body);
        return reader.TryReadPacketId(out packetId, out error)
            && (version != MqttProtocolVersion.V500
                || MqttProperties.TryRead(ref reader, isSubscribe ? MqttPropertyRules.Subscribe : MqttPropertyRules.Unsubscribe, out properties, out error))
            && SubscriptionRequests.TryRead(ref reader, version, withOptions: isSubscribe, out requests, out error);
    }

    public static int GetLength(in MqttProperties properties, ReadOnlySpan<byte> requests, MqttProtocolVersion version) =>
        PacketWriter.GetPacketLength(GetBodyLength(in properties, requests, version));

    public static int Write(
        Span<byte> destination, MqttPacketType type, ushort packetId, in MqttProperties properties, ReadOnlySpan<byte> requests, MqttProtocolVersion version)
    {
        var writer = new PacketWriter(destination);
        writer.WriteFixedHeader(type, 0x02, GetBodyLength(in properties, requests, version));
        writer.WriteUInt16(packetId);
        writer.WriteProperties(properties, version);
        writer.WriteBytes(requests);
        return writer.Written;
    }

    private static int GetBodyLength(in MqttProperties properties, ReadOnlySpan<byte> requests, MqttProtocolVersion version) =>
        2 + PacketWriter.GetPropertiesLength(properties, version) + requests.Length;
}
