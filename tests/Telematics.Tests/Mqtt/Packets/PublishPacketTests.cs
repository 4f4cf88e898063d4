using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Xunit;

namespace Telematics.Tests.Mqtt.Packets;

public sealed class PublishPacketTests
{
    [Theory]
    [InlineData("30 06 0003 'a/b' 01", MqttProtocolVersion.V311, QualityOfService.AtMostOnce, 0, 1)]
    [InlineData("3B 08 0003 'a/b' 1234 FF", MqttProtocolVersion.V311, QualityOfService.AtLeastOnce, 0x1234, 1)]
    [InlineData("34 07 0003 'a/b' 0001", MqttProtocolVersion.V311, QualityOfService.ExactlyOnce, 1, 0)]
    [InlineData("30 07 0003 'a/b' 00 01", MqttProtocolVersion.V500, QualityOfService.AtMostOnce, 0, 1)]
    [InlineData("32 29 0003 'a/b' 0007 20 02 0000003C 01 01 03 0004 'json' 08 0003 'r/s' 09 0002 FF00 26 0001 'k' 0001 'v' 'x'", MqttProtocolVersion.V500, QualityOfService.AtLeastOnce, 7, 1)]
    public void What_was_read_is_written_to_the_same_bytes(string golden, MqttProtocolVersion version, QualityOfService qualityOfService, int packetId, int payloadLength)
    {
        var bytes = Bytes.Of(golden);
        Assert.True(PublishPacket.TryParse(Bytes.Body(bytes, MqttPacketType.Publish), (byte)(bytes[0] & 0x0F), version, MqttSender.Client, out var packet, out _));
        Assert.Equal("a/b", Bytes.Text(packet.Topic));
        Assert.Equal(qualityOfService, packet.QualityOfService);
        Assert.Equal(packetId, packet.PacketId);
        Assert.Equal(payloadLength, packet.Payload.Length);
        Assert.Equal((bytes[0] & 8) != 0, packet.Duplicate);
        Assert.Equal((bytes[0] & 1) != 0, packet.Retain);

        var written = new byte[packet.GetLength(version)];
        Assert.Equal(written.Length, packet.Write(written, version));
        Assert.Equal(bytes, written);
        var offset = packet.GetPacketIdOffset(version);
        Assert.Equal(packetId, offset < 0 ? 0 : (written[offset] << 8) | written[offset + 1]);
    }

    [Fact]
    public void Properties_are_found_by_identifier()
    {
        var body = Bytes.Of("0003 'a/b' 0007 20 02 0000003C 01 01 03 0004 'json' 08 0003 'r/s' 09 0002 FF00 26 0001 'k' 0001 'v' 'x'");
        Assert.True(PublishPacket.TryParse(body, 2, MqttProtocolVersion.V500, MqttSender.Client, out var packet, out _));
        Assert.Equal(60u, packet.Properties.GetNumber(MqttPropertyId.MessageExpiryInterval, 0));
        Assert.Equal("json", Bytes.Text(packet.Properties.GetBytes(MqttPropertyId.ContentType)));
        Assert.Equal("r/s", Bytes.Text(packet.Properties.GetBytes(MqttPropertyId.ResponseTopic)));
        Assert.Equal([0xFF, 0x00], packet.Properties.GetBytes(MqttPropertyId.CorrelationData).ToArray());
        Assert.True(packet.Properties.GetBytes(MqttPropertyId.ReasonString).IsEmpty);
        Assert.True(packet.IsPayloadAsIndicated());
    }

    [Fact]
    public void A_payload_that_is_no_text_though_it_says_so_is_found()
    {
        Assert.True(PublishPacket.TryParse(Bytes.Of("0001 'a' 02 01 01 FF"), 0, MqttProtocolVersion.V500, MqttSender.Client, out var packet, out _));
        Assert.False(packet.IsPayloadAsIndicated());
        Assert.True(PublishPacket.TryParse(Bytes.Of("0001 'a' 02 01 00 FF"), 0, MqttProtocolVersion.V500, MqttSender.Client, out packet, out _));
        Assert.True(packet.IsPayloadAsIndicated());
    }

    [Fact]
    public void An_empty_topic_is_legal_with_a_topic_alias_only()
    {
        Assert.True(PublishPacket.TryParse(Bytes.Of("0000 03 23 0001"), 0, MqttProtocolVersion.V500, MqttSender.Client, out var packet, out _));
        Assert.Equal(1u, packet.Properties.GetNumber(MqttPropertyId.TopicAlias, 0));
        Assert.False(PublishPacket.TryParse(Bytes.Of("0000 00"), 0, MqttProtocolVersion.V500, MqttSender.Client, out _, out var error));
        Assert.Equal(MqttReasonCode.ProtocolError, error.ReasonCode);
    }

    [Theory]
    [InlineData(0, "0000", MqttProtocolVersion.V311, MqttReasonCode.ProtocolError, "[MQTT-4.7.3-1]")]
    [InlineData(0, "0003 'a/#'", MqttProtocolVersion.V311, MqttReasonCode.TopicNameInvalid, "[MQTT-3.3.2-2]")]
    [InlineData(0, "0003 'a/+' 00", MqttProtocolVersion.V500, MqttReasonCode.TopicNameInvalid, "[MQTT-3.3.2-2]")]
    [InlineData(0, "0002 C328", MqttProtocolVersion.V311, MqttReasonCode.MalformedPacket, "[MQTT-1.5.4-1")]
    [InlineData(0, "0002 'a' 00", MqttProtocolVersion.V311, MqttReasonCode.MalformedPacket, "MQTT-1.5.4-2]")]
    [InlineData(0, "0005 'a'", MqttProtocolVersion.V311, MqttReasonCode.MalformedPacket, "Topic Name goes beyond")]
    [InlineData(2, "0001 'a' 0000", MqttProtocolVersion.V311, MqttReasonCode.ProtocolError, "[MQTT-2.2.1-3]")]
    [InlineData(2, "0001 'a' 00", MqttProtocolVersion.V311, MqttReasonCode.MalformedPacket, "Packet Identifier goes beyond")]
    [InlineData(0, "0001 'a'", MqttProtocolVersion.V500, MqttReasonCode.MalformedPacket, "Property Length")]
    [InlineData(0, "0001 'a' 02 0B 01", MqttProtocolVersion.V500, MqttReasonCode.ProtocolError, "SubscriptionIdentifier is not allowed")]
    [InlineData(0, "0001 'a' 03 23 0000", MqttProtocolVersion.V500, MqttReasonCode.TopicAliasInvalid, "[MQTT-3.3.2-8]")]
    [InlineData(0, "0001 'a' 02 01 02", MqttProtocolVersion.V500, MqttReasonCode.ProtocolError, "PayloadFormatIndicator is 2")]
    [InlineData(0, "0001 'a' 03 03 0001", MqttProtocolVersion.V500, MqttReasonCode.MalformedPacket, "ContentType goes beyond")]
    [InlineData(0, "0001 'a' 04 03 0001 FF", MqttProtocolVersion.V500, MqttReasonCode.MalformedPacket, "ContentType is not well-formed")]
    [InlineData(0, "0001 'a' 03 08 0000", MqttProtocolVersion.V500, MqttReasonCode.ProtocolError, "Response Topic is empty")]
    public void A_wrong_publish_is_refused_with_the_reason_and_the_field(int flags, string body, MqttProtocolVersion version, MqttReasonCode reason, string text)
    {
        Assert.False(PublishPacket.TryParse(Bytes.Of(body), (byte)flags, version, MqttSender.Client, out _, out var error));
        Assert.Equal(reason, error.ReasonCode);
        Assert.Contains(text, error.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_may_give_several_subscription_identifiers()
    {
        var body = Bytes.Of("0001 'a' 05 0B 01 0B 8001");
        Assert.True(PublishPacket.TryParse(body, 0, MqttProtocolVersion.V500, MqttSender.Server, out var packet, out _));
        var identifiers = new List<uint>();
        foreach (var property in packet.Properties)
        {
            identifiers.Add(property.Number);
        }

        Assert.Equal([1u, 128u], identifiers);
        Assert.False(PublishPacket.TryParse(Bytes.Of("0001 'a' 02 0B 00"), 0, MqttProtocolVersion.V500, MqttSender.Server, out _, out _));
    }

    [Fact]
    public void Reading_a_publish_and_answering_it_allocates_nothing()
    {
        var bytes = Bytes.Of("32 29 0003 'a/b' 0007 20 02 0000003C 01 01 03 0004 'json' 08 0003 'r/s' 09 0002 FF00 26 0001 'k' 0001 'v' 'x'");
        var answer = new byte[PubackPacket.SuccessLength];
        Assert.Equal(7, Once());
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            Once();
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        int Once()
        {
            MqttFixedHeader.Read(bytes, 65_536, out var header, out _);
            PublishPacket.TryParse(bytes.AsSpan(header.HeaderLength, header.BodyLength), header.Flags, MqttProtocolVersion.V500, MqttSender.Client, out var packet, out _);
            PubackPacket.WriteSuccess(answer, MqttPacketType.Puback, packet.PacketId);
            return packet.PacketId + (int)packet.Properties.GetNumber(MqttPropertyId.TopicAlias, 0);
        }
    }
}
