using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Xunit;

namespace Telematics.Tests.Mqtt.Packets;

public sealed class ConnectPacketTests
{
    private const string Golden311 = "10 25 0004 'MQTT' 04 F6 003C 0003 'car' 0004 'will' 0003 'bye' 0004 'user' 0003 'key'";

    private const string Golden500 =
        "10 3E 0004 'MQTT' 05 CE 003C 10 11 00000E10 21 0020 26 0001 'a' 0002 'bc' 0003 'car' 07 18 0000000A 01 01 0004 'will' 0003 'bye' 0004 'user' 0003 'key'";

    [Fact]
    public void A_3_1_1_connect_is_read_field_by_field()
    {
        Assert.True(ConnectPacket.TryParse(Bytes.Body(Bytes.Of(Golden311), MqttPacketType.Connect), out var packet, out _));
        Assert.Equal(MqttProtocolVersion.V311, packet.Version);
        Assert.True(packet.CleanStart);
        Assert.Equal(60, packet.KeepAlive);
        Assert.Equal("car", Bytes.Text(packet.ClientId));
        Assert.True(packet.HasWill);
        Assert.Equal(QualityOfService.ExactlyOnce, packet.WillQualityOfService);
        Assert.True(packet.WillRetain);
        Assert.Equal("will", Bytes.Text(packet.WillTopic));
        Assert.Equal("bye", Bytes.Text(packet.WillPayload));
        Assert.Equal("user", Bytes.Text(packet.UserName));
        Assert.Equal("key", Bytes.Text(packet.Password));
    }

    [Fact]
    public void A_5_0_connect_is_read_field_by_field()
    {
        Assert.True(ConnectPacket.TryParse(Bytes.Body(Bytes.Of(Golden500), MqttPacketType.Connect), out var packet, out _));
        Assert.Equal(MqttProtocolVersion.V500, packet.Version);
        Assert.Equal(3600u, packet.Properties.GetNumber(MqttPropertyId.SessionExpiryInterval, 0));
        Assert.Equal(32u, packet.Properties.GetNumber(MqttPropertyId.ReceiveMaximum, 65_535));
        Assert.Equal(7u, packet.Properties.GetNumber(MqttPropertyId.TopicAliasMaximum, 7));
        Assert.True(packet.Properties.TryGet(MqttPropertyId.UserProperty, out var user));
        Assert.Equal(("a", "bc"), (Bytes.Text(user.Name), Bytes.Text(user.Value)));
        Assert.Equal(10u, packet.WillProperties.GetNumber(MqttPropertyId.WillDelayInterval, 0));
        Assert.Equal(1u, packet.WillProperties.GetNumber(MqttPropertyId.PayloadFormatIndicator, 0));
        Assert.Equal(QualityOfService.AtLeastOnce, packet.WillQualityOfService);
        Assert.False(packet.WillRetain);
    }

    [Theory]
    [InlineData(Golden311)]
    [InlineData(Golden500)]
    [InlineData("10 0C 0004 'MQTT' 04 02 0000 0000")]
    [InlineData("10 0D 0004 'MQTT' 05 00 0000 00 0000")]
    [InlineData("10 10 0004 'MQTT' 05 40 0000 00 0000 0001 00")]
    public void What_was_read_is_written_to_the_same_bytes(string golden)
    {
        var bytes = Bytes.Of(golden);
        Assert.True(ConnectPacket.TryParse(Bytes.Body(bytes, MqttPacketType.Connect), out var packet, out _));
        var written = new byte[packet.GetLength()];
        Assert.Equal(written.Length, packet.Write(written));
        Assert.Equal(bytes, written);
    }

    [Theory]
    [InlineData("0004 'MQTX' 04 02 0000 0000", MqttReasonCode.UnsupportedProtocolVersion, "[MQTT-3.1.2-1]")]
    [InlineData("0006 'MQIsdp' 03 02 0000 0001 'a'", MqttReasonCode.UnsupportedProtocolVersion, "[MQTT-3.1.2-2]")]
    [InlineData("0004 'MQTT' 06 02 0000 0000", MqttReasonCode.UnsupportedProtocolVersion, "[MQTT-3.1.2-2]")]
    [InlineData("0004 'MQTT' 04 03 0000 0000", MqttReasonCode.MalformedPacket, "[MQTT-3.1.2-3]")]
    [InlineData("0004 'MQTT' 04 0A 0000 0000", MqttReasonCode.MalformedPacket, "[MQTT-3.1.2-11")]
    [InlineData("0004 'MQTT' 05 22 0000 00 0000", MqttReasonCode.MalformedPacket, "MQTT-3.1.2-13]")]
    [InlineData("0004 'MQTT' 04 1E 0000 0000 0001 'w' 0000", MqttReasonCode.MalformedPacket, "[MQTT-3.1.2-12]")]
    [InlineData("0004 'MQTT' 04 42 0000 0000 0001 'p'", MqttReasonCode.MalformedPacket, "[MQTT-3.1.2-22]")]
    [InlineData("0004 'MQTT' 04 00 0000 0000", MqttReasonCode.ClientIdentifierNotValid, "[MQTT-3.1.3-8]")]
    [InlineData("0004 'MQTT' 04 02 0000 0002 C0AF", MqttReasonCode.MalformedPacket, "Client Identifier")]
    [InlineData("0004 'MQTT' 04 02 0000 0003 EDA080", MqttReasonCode.MalformedPacket, "[MQTT-1.5.4-1")]
    [InlineData("0004 'MQTT' 04 02 0000 0003 'a' 00 'b'", MqttReasonCode.MalformedPacket, "MQTT-1.5.4-2]")]
    [InlineData("0004 'MQTT' 04 02 0000 0005 'abc'", MqttReasonCode.MalformedPacket, "Client Identifier goes beyond")]
    [InlineData("0004 'MQTT' 04 02 0000 0001 'a' 00", MqttReasonCode.MalformedPacket, "1 bytes behind")]
    [InlineData("0004 'MQTT' 04 06 0000 0001 'a' 0003 'a/+' 0000", MqttReasonCode.TopicNameInvalid, "Will Topic")]
    [InlineData("0004 'MQTT' 04 06 0000 0001 'a' 0000 0000", MqttReasonCode.TopicNameInvalid, "Will Topic")]
    [InlineData("0004 'MQTT' 04 06 0000 0001 'a' 0001 'a' 0009 00", MqttReasonCode.MalformedPacket, "Will Payload")]
    [InlineData("0004 'MQTT' 04 C2 0000 0001 'a' 0001 'u'", MqttReasonCode.MalformedPacket, "Password")]
    [InlineData("0004 'MQTT' 04", MqttReasonCode.MalformedPacket, "Connect Flags")]
    [InlineData("0004 'MQTT'", MqttReasonCode.MalformedPacket, "Protocol Version")]
    [InlineData("0004 'MQTT' 05 02 0000 06 21 0020 21 0020 0000", MqttReasonCode.ProtocolError, "ReceiveMaximum stands more than once")]
    [InlineData("0004 'MQTT' 05 02 0000 03 21 0000 0000", MqttReasonCode.ProtocolError, "ReceiveMaximum is 0")]
    [InlineData("0004 'MQTT' 05 02 0000 05 27 00000000 0000", MqttReasonCode.ProtocolError, "MaximumPacketSize is 0")]
    [InlineData("0004 'MQTT' 05 02 0000 02 17 02 0000", MqttReasonCode.ProtocolError, "RequestProblemInformation is 2")]
    [InlineData("0004 'MQTT' 05 02 0000 04 16 0001 41 0000", MqttReasonCode.ProtocolError, "Authentication Data without")]
    [InlineData("0004 'MQTT' 05 02 0000 03 23 0001 0000", MqttReasonCode.ProtocolError, "TopicAlias is not allowed")]
    [InlineData("0004 'MQTT' 05 02 0000 02 7F 00 0000", MqttReasonCode.MalformedPacket, "identifier 0x7F is unknown")]
    [InlineData("0004 'MQTT' 05 02 0000 04 11 000001 0000", MqttReasonCode.MalformedPacket, "SessionExpiryInterval goes beyond")]
    [InlineData("0004 'MQTT' 05 02 0000 7F 11 00000001 0000", MqttReasonCode.MalformedPacket, "Property Length")]
    [InlineData("0004 'MQTT' 05 06 0000 00 0001 'a' 03 21 0001 0001 'w' 0000", MqttReasonCode.ProtocolError, "ReceiveMaximum is not allowed")]
    [InlineData("0004 'MQTT' 05 06 0000 00 0001 'a' 06 08 0003 'a/#' 0001 'w' 0000", MqttReasonCode.ProtocolError, "[MQTT-3.3.2-14]")]
    public void A_wrong_connect_is_refused_with_the_reason_and_the_field(string body, MqttReasonCode reason, string text)
    {
        Assert.False(ConnectPacket.TryParse(Bytes.Of(body), out _, out var error));
        Assert.Equal(reason, error.ReasonCode);
        Assert.Contains(text, error.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_connect_still_tells_the_version_to_answer_in()
    {
        Assert.False(ConnectPacket.TryParse(Bytes.Of("0004 'MQTT' 05 02 0000 03 21 0000 0000"), out var known, out _));
        Assert.Equal(MqttProtocolVersion.V500, known.Version);
        Assert.False(ConnectPacket.TryParse(Bytes.Of("0004 'MQTT' 07 02 0000 0000"), out var unknown, out _));
        Assert.Equal(MqttProtocolVersion.Unknown, unknown.Version);
    }
}
