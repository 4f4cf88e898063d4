using System.Text;
using FsCheck.Xunit;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Telematics.Mqtt.Topics;
using Xunit;

namespace Telematics.Tests.Mqtt.Packets;

/// <summary>Random input: nothing makes a reader throw, and what a writer wrote is read back equal.</summary>
public sealed class PacketPropertyTests
{
    [Property(MaxTest = 2_000)]
    public void Random_bytes_never_throw(byte[] bytes, byte flags, bool isNewest, bool isServer) => ParseAll(bytes, flags, isNewest, isServer);

    [Property(MaxTest = 2_000)]
    public void Damaged_packets_never_throw(byte[] noise, int which, int at, bool isNewest, bool isServer)
    {
        string[] bodies =
        [
            "0004 'MQTT' 05 CE 003C 10 11 00000E10 21 0020 26 0001 'a' 0002 'bc' 0003 'car' 08 18 0000000A 01 01 0004 'will' 0003 'bye' 0004 'user' 0003 'key'",
            "0003 'a/b' 0007 20 02 0000003C 01 01 03 0004 'json' 08 0003 'r/s' 09 0002 FF00 26 0001 'k' 0001 'v' 'x'",
            "000A 03 0B 8001 0002 '+/' 2D 0003 'a/b' 01",
            "0102 87 06 1F 0003 'why'",
        ];
        var body = Bytes.Of(bodies[(uint)which % bodies.Length]);
        for (var i = 0; i < noise.Length; i++)
        {
            body[(uint)(at + (i * 7)) % body.Length] ^= noise[i];
        }

        ParseAll(body, 2, isNewest, isServer);
        ParseAll(body.AsSpan(0, (int)((uint)at % body.Length)).ToArray(), 2, isNewest, isServer);
    }

    [Property]
    public void A_published_message_comes_back(string topic, byte[] payload, ushort packetId, int seconds, string contentType, string name, string value, bool isNewest)
    {
        var version = isNewest ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311;
        var topicBytes = Clean(topic + "t").Where(b => b is not ((byte)'+' or (byte)'#')).ToArray();
        var properties = new MqttPropertyWriter(new byte[4_096 + (4 * (contentType?.Length + name?.Length + value?.Length ?? 0))]);
        if (isNewest)
        {
            properties.Add(MqttPropertyId.MessageExpiryInterval, (uint)seconds);
            properties.Add(MqttPropertyId.ContentType, Clean(contentType));
            properties.AddUserProperty(Clean(name), Clean(value));
            properties.AddUserProperty(Clean(value), Clean(name));
        }

        var packet = new PublishPacket
        {
            QualityOfService = packetId == 0 ? QualityOfService.AtMostOnce : QualityOfService.AtLeastOnce,
            Topic = topicBytes,
            PacketId = packetId,
            Properties = properties.Properties,
            Payload = payload,
        };
        var bytes = new byte[packet.GetLength(version)];
        Assert.Equal(bytes.Length, packet.Write(bytes, version));
        Assert.True(PublishPacket.TryParse(Bytes.Body(bytes, MqttPacketType.Publish), (byte)(bytes[0] & 0xF), version, MqttSender.Client, out var read, out var error), error.Text);
        Assert.Equal(topicBytes, read.Topic.ToArray());
        Assert.Equal(payload, read.Payload.ToArray());
        Assert.Equal(packetId, read.PacketId);
        if (isNewest)
        {
            Assert.Equal((uint)seconds, read.Properties.GetNumber(MqttPropertyId.MessageExpiryInterval, 0));
            Assert.Equal(Clean(contentType), read.Properties.GetBytes(MqttPropertyId.ContentType).ToArray());
            Assert.True(read.Properties.TryGet(MqttPropertyId.UserProperty, out var user));
            Assert.Equal(Clean(name), user.Name.ToArray());
            Assert.Equal(Clean(value), user.Value.ToArray());
        }
    }

    [Property]
    public void A_variable_byte_integer_comes_back(uint number)
    {
        var value = (int)(number % (VariableByteInteger.MaximumValue + 1L));
        var bytes = new byte[5];
        bytes[0] = 0x30;
        var length = VariableByteInteger.Write(bytes.AsSpan(1), value);
        Assert.Equal(VariableByteInteger.GetLength(value), length);
        MqttFixedHeader.Read(bytes.AsSpan(0, 1 + length), int.MaxValue, out var header, out _);
        Assert.Equal((value, 1 + length), (header.BodyLength, header.HeaderLength));
    }

    private static byte[] Clean(string? text) => Encoding.UTF8.GetBytes((text ?? "").Replace("\0", "", StringComparison.Ordinal));

    private static void ParseAll(byte[] bytes, byte flags, bool isNewest, bool isServer)
    {
        var version = isNewest ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311;
        var sender = isServer ? MqttSender.Server : MqttSender.Client;
        MqttFixedHeader.Read(bytes, 65_536, out _, out _);
        Check(ConnectPacket.TryParse(bytes, out _, out var error), error);
        Check(ConnackPacket.TryParse(bytes, version, out _, out error), error);
        if (PublishPacket.TryParse(bytes, (byte)(flags & 0x0D), version, sender, out var publish, out error))
        {
            Assert.True(publish.Topic.IsEmpty || TopicName.IsValid(publish.Topic));
            Walk(publish.Properties);
        }

        Check(!error.IsError, error);
        Check(PubackPacket.TryParse(bytes, MqttPacketType.Puback, version, out _, out error), error);
        if (SubscribePacket.TryParse(bytes, version, out var subscribe, out error))
        {
            var count = 0;
            foreach (var request in subscribe.Requests)
            {
                Assert.False(request.Filter.IsEmpty);
                count++;
            }

            Assert.Equal(subscribe.Requests.Count, count);
        }

        Check(!error.IsError, error);
        Check(UnsubscribePacket.TryParse(bytes, version, out _, out error), error);
        Check(SubackPacket.TryParse(bytes, MqttPacketType.Suback, version, out _, out error), error);
        Check(DisconnectPacket.TryParse(bytes, version, sender, out _, out error), error);
        Check(AuthPacket.TryParse(bytes, version, out _, out error), error);
    }

    private static void Check(bool isRead, MqttError error)
    {
        Assert.NotEqual(isRead, error.IsError);
        Assert.True(isRead || (error.ReasonCode >= MqttReasonCode.UnspecifiedError && error.Text.Length > 0));
    }

    private static void Walk(MqttProperties properties)
    {
        foreach (var property in properties)
        {
            Assert.NotEqual(MqttPropertyId.None, property.Id);
        }
    }
}
