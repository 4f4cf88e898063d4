using System.Buffers;

namespace Telematics.Mqtt.Packets;

/// <summary>SUBSCRIBE, MQTT 5.0 §3.8 and 3.1.1 §3.8.</summary>
public readonly ref struct SubscribePacket
{
    /// <summary>Packet identifier, for the answer.</summary>
    public ushort PacketId { get; init; }

    /// <summary>5.0 properties.</summary>
    public MqttProperties Properties { get; init; }

    /// <summary>The topic filters.</summary>
    public SubscriptionRequests Requests { get; init; }

    /// <summary>Reads a body.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, MqttProtocolVersion version, out SubscribePacket packet, out MqttError error)
    {
        packet = default;
        if (!SubscriptionLayout.TryParse(body, MqttPacketType.Subscribe, version, out var packetId, out var properties, out var requests, out error))
        {
            return false;
        }

        packet = new SubscribePacket { PacketId = packetId, Properties = properties, Requests = requests };
        return true;
    }

    /// <summary>Bytes of a whole packet.</summary>
    /// <param name="properties">5.0 properties.</param>
    /// <param name="requests">The payload as <see cref="SubscriptionRequests"/> writes it.</param>
    /// <param name="version">The connection's version.</param>
    public static int GetLength(in MqttProperties properties, ReadOnlySpan<byte> requests, MqttProtocolVersion version) =>
        SubscriptionLayout.GetLength(in properties, requests, version);

    /// <summary>Writes a packet; returns its length.</summary>
    /// <param name="destination">Large enough.</param>
    /// <param name="packetId">Not 0.</param>
    /// <param name="properties">5.0 properties.</param>
    /// <param name="requests">The payload as <see cref="SubscriptionRequests"/> writes it.</param>
    /// <param name="version">The connection's version.</param>
    public static int Write(
        Span<byte> destination, ushort packetId, in MqttProperties properties, ReadOnlySpan<byte> requests, MqttProtocolVersion version) =>
        SubscriptionLayout.Write(destination, MqttPacketType.Subscribe, packetId, in properties, requests, version);

    /// <summary>Writes the packet; returns its length.</summary>
    public int Write(Span<byte> destination, MqttProtocolVersion version) => Write(destination, PacketId, Properties, Requests.Encoded, version);

    /// <summary>Writes the packet.</summary>
    public void Write(IBufferWriter<byte> destination, MqttProtocolVersion version) =>
        destination.Advance(Write(destination.GetSpan(GetLength(Properties, Requests.Encoded, version)), version));
}
