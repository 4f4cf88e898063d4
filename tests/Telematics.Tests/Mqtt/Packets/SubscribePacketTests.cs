using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Xunit;

namespace Telematics.Tests.Mqtt.Packets;

public sealed class SubscribePacketTests
{
    [Fact]
    public void A_3_1_1_subscribe_is_read_and_written()
    {
        var bytes = Bytes.Of("82 0E 000A 0003 'a/b' 01 0003 'c/#' 02");
        Assert.True(SubscribePacket.TryParse(Bytes.Body(bytes, MqttPacketType.Subscribe), MqttProtocolVersion.V311, out var packet, out _));
        Assert.Equal((10, 2), (packet.PacketId, packet.Requests.Count));
        var requests = new List<string>();
        foreach (var request in packet.Requests)
        {
            requests.Add($"{Bytes.Text(request.Filter)} {request.Options.QualityOfService} {request.IsFilterValid}");
        }

        Assert.Equal(["a/b AtLeastOnce True", "c/# ExactlyOnce True"], requests);
        var written = new byte[bytes.Length];
        Assert.Equal(bytes.Length, packet.Write(written, MqttProtocolVersion.V311));
        Assert.Equal(bytes, written);
    }

    [Fact]
    public void A_5_0_subscribe_has_an_identifier_and_options()
    {
        var bytes = Bytes.Of("82 0B 000A 03 0B 8001 0002 '+/' 2D");
        Assert.True(SubscribePacket.TryParse(Bytes.Body(bytes, MqttPacketType.Subscribe), MqttProtocolVersion.V500, out var packet, out _));
        Assert.Equal(128u, packet.Properties.GetNumber(MqttPropertyId.SubscriptionIdentifier, 0));
        foreach (var request in packet.Requests)
        {
            Assert.Equal(new SubscriptionOptions(QualityOfService.AtLeastOnce, noLocal: true, retainAsPublished: true, RetainHandling.DoNotSend), request.Options);
            Assert.True(request.Options.NoLocal);
            Assert.True(request.Options.RetainAsPublished);
            Assert.Equal(RetainHandling.DoNotSend, request.Options.RetainHandling);
        }
    }

    [Fact]
    public void A_client_builds_its_subscribe_from_filters()
    {
        var payload = new byte[64];
        var length = SubscriptionRequests.Write(payload, "a/+"u8, new SubscriptionOptions(QualityOfService.AtLeastOnce));
        length += SubscriptionRequests.Write(payload.AsSpan(length), "b"u8, default);
        var packet = new byte[SubscribePacket.GetLength(default, payload.AsSpan(0, length), MqttProtocolVersion.V500)];
        Assert.Equal(packet.Length, SubscribePacket.Write(packet, 3, default, payload.AsSpan(0, length), MqttProtocolVersion.V500));
        Assert.Equal(Bytes.Of("82 0D 0003 00 0003 'a/+' 01 0001 'b' 00"), packet);
    }

    [Theory]
    [InlineData("000A", MqttProtocolVersion.V311, MqttReasonCode.ProtocolError, "[MQTT-3.8.3-2")]
    [InlineData("000A 00", MqttProtocolVersion.V500, MqttReasonCode.ProtocolError, "[MQTT-3.8.3-2")]
    [InlineData("0000 0001 'a' 00", MqttProtocolVersion.V311, MqttReasonCode.ProtocolError, "[MQTT-2.2.1-3]")]
    [InlineData("000A 0001 'a' 03", MqttProtocolVersion.V311, MqttReasonCode.MalformedPacket, "QoS of the subscription is 3")]
    [InlineData("000A 0001 'a' 04", MqttProtocolVersion.V311, MqttReasonCode.MalformedPacket, "reserved bits")]
    [InlineData("000A 00 0001 'a' 40", MqttProtocolVersion.V500, MqttReasonCode.MalformedPacket, "reserved bits")]
    [InlineData("000A 00 0001 'a' 30", MqttProtocolVersion.V500, MqttReasonCode.ProtocolError, "Retain Handling is 3")]
    [InlineData("000A 00 000A '$share/g/a' 05", MqttProtocolVersion.V500, MqttReasonCode.ProtocolError, "[MQTT-3.8.3-4]")]
    [InlineData("000A 0001 'a'", MqttProtocolVersion.V311, MqttReasonCode.MalformedPacket, "Subscription Options")]
    [InlineData("000A 0000 00", MqttProtocolVersion.V311, MqttReasonCode.MalformedPacket, "[MQTT-4.7.3-1]")]
    [InlineData("000A 0001 FF 00", MqttProtocolVersion.V311, MqttReasonCode.MalformedPacket, "Topic Filter is not well-formed")]
    [InlineData("000A 04 0B 01 0B 02 0001 'a' 00", MqttProtocolVersion.V500, MqttReasonCode.ProtocolError, "SubscriptionIdentifier stands more than once")]
    [InlineData("000A 02 0B 00 0001 'a' 00", MqttProtocolVersion.V500, MqttReasonCode.ProtocolError, "SubscriptionIdentifier is 0")]
    public void A_wrong_subscribe_is_refused_with_the_reason_and_the_field(string body, MqttProtocolVersion version, MqttReasonCode reason, string text)
    {
        Assert.False(SubscribePacket.TryParse(Bytes.Of(body), version, out _, out var error));
        Assert.Equal(reason, error.ReasonCode);
        Assert.Contains(text, error.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Wildcards_in_the_wrong_place_concern_one_filter_not_the_packet()
    {
        Assert.True(SubscribePacket.TryParse(Bytes.Of("000A 0003 '#/a' 00 0001 'a' 00"), MqttProtocolVersion.V311, out var packet, out _));
        var valid = new List<bool>();
        foreach (var request in packet.Requests)
        {
            valid.Add(request.IsFilterValid);
        }

        Assert.Equal([false, true], valid);
    }

    [Theory]
    [InlineData("A2 0A 000A 0003 'a/b' 0001 'c'", MqttProtocolVersion.V311)]
    [InlineData("A2 12 000A 07 26 0001 'k' 0001 'v' 0003 'a/b' 0001 'c'", MqttProtocolVersion.V500)]
    public void Unsubscribe_is_read_and_written(string golden, MqttProtocolVersion version)
    {
        var bytes = Bytes.Of(golden);
        Assert.True(UnsubscribePacket.TryParse(Bytes.Body(bytes, MqttPacketType.Unsubscribe), version, out var packet, out _));
        Assert.Equal(2, packet.Requests.Count);
        var written = new byte[bytes.Length];
        packet.Write(written, version);
        Assert.Equal(bytes, written);
    }

    [Fact]
    public void An_unsubscribe_without_a_filter_is_refused()
    {
        // [MQTT-3.10.3-2]
        Assert.False(UnsubscribePacket.TryParse(Bytes.Of("000A"), MqttProtocolVersion.V311, out _, out var error));
        Assert.Equal(MqttReasonCode.ProtocolError, error.ReasonCode);
    }
}
