using System.Buffers.Binary;
using System.Text;
using Telematics.Contracts;
using Telematics.Gateway.Sessions;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;

namespace Telematics.Gateway.Downlink;

/// <summary>
/// Encodes publishes to clients. What many receivers get in the same bytes is encoded once, and the packet identifier
/// written over it.
/// </summary>
internal sealed class PublishEncoder(SessionLoop loop)
{
    private const int FirstScratch = 4_096;

    private byte[] _properties = new byte[FirstScratch];
    private byte[] _encoded = new byte[FirstScratch];
    private int _encodedLength;
    private int _packetIdOffset;
    private (OutboundMessage? Message, int QualityOfService, MqttProtocolVersion Version, long ExpirySeconds) _cached;

    /// <summary>Writes a publish; false when it is larger than the client takes.</summary>
    public bool TryWrite(int slot, in Delivery delivery, ushort packetId, bool isDuplicate)
    {
        ref var connection = ref loop.Connections[slot];
        var message = delivery.Message;
        var expiry = message.ExpiresAt == OutboundMessage.Never ? -1 : Math.Max(1, (message.ExpiresAt - loop.UnixNow + 999) / 1_000);

        // In 5.0 an order names its receiver in the Response Topic, and a subscription its identifier.
        var isOwn = connection.Version == MqttProtocolVersion.V500 && (message.Order is not null || delivery.Identifiers is not null);
        var key = (message, delivery.QualityOfService, connection.Version, connection.Version == MqttProtocolVersion.V500 ? expiry : -1);
        if (isOwn || _cached != key)
        {
            Encode(ref connection, delivery, expiry);
            _cached = isOwn ? default : key;
        }

        if (_encodedLength > connection.MaximumPacketSize)
        {
            return false;
        }

        var packet = loop.Output.GetSpan(slot, _encodedLength);
        _encoded.AsSpan(0, _encodedLength).CopyTo(packet);
        if (_packetIdOffset >= 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet[_packetIdOffset..], packetId);
            packet[0] |= isDuplicate ? (byte)0x08 : (byte)0;
        }

        loop.Output.Advance(slot, _encodedLength);
        return true;
    }

    private void Encode(ref Connection connection, in Delivery delivery, long expiry)
    {
        var message = delivery.Message;
        MqttPropertyWriter writer = default;
        if (connection.Version == MqttProtocolVersion.V500)
        {
            var responseTopic = ResponseTopicOf(message, connection.ClientId, delivery.IsOrder);
            var size = SizeOf(message, responseTopic, delivery.Identifiers);
            if (_properties.Length < size)
            {
                _properties = new byte[size * 2];
            }

            writer = new MqttPropertyWriter(_properties);
            WriteProperties(ref writer, message, responseTopic, delivery.Identifiers, expiry);
        }

        var packet = new PublishPacket
        {
            Topic = message.ShownTopic ?? message.Topic,
            QualityOfService = (QualityOfService)delivery.QualityOfService,
            Properties = writer.Properties,
            Payload = message.Payload,
        };
        var length = packet.GetLength(connection.Version);
        if (_encoded.Length < length)
        {
            _encoded = new byte[length * 2];
        }

        _encodedLength = packet.Write(_encoded, connection.Version);
        _packetIdOffset = packet.GetPacketIdOffset(connection.Version);
    }

    private static void WriteProperties(scoped ref MqttPropertyWriter writer, OutboundMessage message, byte[]? responseTopic, int[]? identifiers, long expiry)
    {
        if (message.PayloadFormat is { } format)
        {
            writer.Add(MqttPropertyId.PayloadFormatIndicator, format);
        }

        if (expiry >= 0)
        {
            writer.Add(MqttPropertyId.MessageExpiryInterval, (uint)Math.Min(expiry, uint.MaxValue));
        }

        if (message.ContentType is { } contentType)
        {
            writer.Add(MqttPropertyId.ContentType, contentType);
        }

        if (responseTopic is not null)
        {
            writer.Add(MqttPropertyId.ResponseTopic, responseTopic);
        }

        if (message.CorrelationData is { } correlation)
        {
            writer.Add(MqttPropertyId.CorrelationData, correlation);
        }

        foreach (var (name, value) in message.UserProperties)
        {
            writer.AddUserProperty(name, value);
        }

        foreach (var identifier in identifiers ?? [])
        {
            writer.Add(MqttPropertyId.SubscriptionIdentifier, (uint)identifier);
        }
    }

    private static byte[]? ResponseTopicOf(OutboundMessage message, string clientId, bool isOrder)
    {
        if (message.Order is null)
        {
            return message.ResponseTopic;
        }

        var vehicle = isOrder ? clientId : message.PeerToPeerClient;
        return vehicle is null ? null : Encoding.UTF8.GetBytes($"{TopicNames.CommandResult}/{vehicle}");
    }

    private static int SizeOf(OutboundMessage message, byte[]? responseTopic, int[]? identifiers)
    {
        var size = 64 + (message.ContentType?.Length ?? 0) + (responseTopic?.Length ?? 0) + (message.CorrelationData?.Length ?? 0) + (5 * (identifiers?.Length ?? 0));
        foreach (var (name, value) in message.UserProperties)
        {
            size += 5 + name.Length + value.Length;
        }

        return size;
    }
}
