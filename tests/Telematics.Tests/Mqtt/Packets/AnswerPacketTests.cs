using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Xunit;

namespace Telematics.Tests.Mqtt.Packets;

public sealed class AnswerPacketTests
{
    [Theory]
    [InlineData("40 02 0102", MqttPacketType.Puback, MqttProtocolVersion.V311, MqttReasonCode.Success)]
    [InlineData("50 02 0102", MqttPacketType.Pubrec, MqttProtocolVersion.V500, MqttReasonCode.Success)]
    [InlineData("62 02 0102", MqttPacketType.Pubrel, MqttProtocolVersion.V311, MqttReasonCode.Success)]
    [InlineData("70 03 0102 92", MqttPacketType.Pubcomp, MqttProtocolVersion.V500, MqttReasonCode.PacketIdentifierNotFound)]
    [InlineData("40 03 0102 10", MqttPacketType.Puback, MqttProtocolVersion.V500, MqttReasonCode.NoMatchingSubscribers)]
    [InlineData("40 0A 0102 87 06 1F 0003 'why'", MqttPacketType.Puback, MqttProtocolVersion.V500, MqttReasonCode.NotAuthorized)]
    public void Answers_to_publishes_are_read_and_written(string golden, MqttPacketType type, MqttProtocolVersion version, MqttReasonCode reason)
    {
        var bytes = Bytes.Of(golden);
        Assert.True(PubackPacket.TryParse(Bytes.Body(bytes, type), type, version, out var packet, out _));
        Assert.Equal((0x0102, reason), (packet.PacketId, packet.ReasonCode));
        var written = new byte[packet.GetLength(version)];
        Assert.Equal(written.Length, packet.Write(written, type, version));
        Assert.Equal(bytes, written);
    }

    [Theory]
    [InlineData(MqttPacketType.Puback, "40020102")]
    [InlineData(MqttPacketType.Pubrec, "50020102")]
    [InlineData(MqttPacketType.Pubrel, "62020102")]
    [InlineData(MqttPacketType.Pubcomp, "70020102")]
    public void The_short_form_is_four_bytes(MqttPacketType type, string golden)
    {
        var written = new byte[4];
        Assert.Equal(4, PubackPacket.WriteSuccess(written, type, 0x0102));
        Assert.Equal(golden, Convert.ToHexString(written));
    }

    [Theory]
    [InlineData(MqttPacketType.Puback, "0000", MqttProtocolVersion.V311, MqttReasonCode.ProtocolError)]
    [InlineData(MqttPacketType.Puback, "00", MqttProtocolVersion.V311, MqttReasonCode.MalformedPacket)]
    [InlineData(MqttPacketType.Puback, "0001 00", MqttProtocolVersion.V311, MqttReasonCode.MalformedPacket)]
    [InlineData(MqttPacketType.Puback, "0001 92", MqttProtocolVersion.V500, MqttReasonCode.ProtocolError)]
    [InlineData(MqttPacketType.Pubrel, "0001 87", MqttProtocolVersion.V500, MqttReasonCode.ProtocolError)]
    [InlineData(MqttPacketType.Puback, "0001 00 00 00", MqttProtocolVersion.V500, MqttReasonCode.MalformedPacket)]
    [InlineData(MqttPacketType.Puback, "0001 00 05 11 00000000", MqttProtocolVersion.V500, MqttReasonCode.ProtocolError)]
    public void Wrong_answers_to_publishes_are_refused(MqttPacketType type, string body, MqttProtocolVersion version, MqttReasonCode reason)
    {
        Assert.False(PubackPacket.TryParse(Bytes.Of(body), type, version, out _, out var error));
        Assert.Equal(reason, error.ReasonCode);
    }

    [Theory]
    [InlineData("20 02 01 00", MqttProtocolVersion.V311, true, MqttReasonCode.Success)]
    [InlineData("20 02 00 05", MqttProtocolVersion.V311, false, MqttReasonCode.NotAuthorized)]
    [InlineData("20 0D 00 00 0A 22 0000 13 01E0 12 0001 'c'", MqttProtocolVersion.V500, false, MqttReasonCode.Success)]
    [InlineData("20 03 00 89 00", MqttProtocolVersion.V500, false, MqttReasonCode.ServerBusy)]
    public void Connack_is_read_and_written(string golden, MqttProtocolVersion version, bool isSessionPresent, MqttReasonCode reason)
    {
        var bytes = Bytes.Of(golden);
        Assert.True(ConnackPacket.TryParse(Bytes.Body(bytes, MqttPacketType.Connack), version, out var packet, out _));
        Assert.Equal((isSessionPresent, reason), (packet.SessionPresent, packet.ReasonCode));
        var written = new byte[packet.GetLength(version)];
        Assert.Equal(written.Length, packet.Write(written, version));
        Assert.Equal(bytes, written);
    }

    [Theory]
    [InlineData("02 00", MqttProtocolVersion.V311)]
    [InlineData("00 06", MqttProtocolVersion.V311)]
    [InlineData("01 05", MqttProtocolVersion.V311)]
    [InlineData("00 00 00", MqttProtocolVersion.V311)]
    [InlineData("00 04 00", MqttProtocolVersion.V500)]
    [InlineData("01 87 00", MqttProtocolVersion.V500)]
    [InlineData("00 00 02 24 02", MqttProtocolVersion.V500)]
    [InlineData("00 00", MqttProtocolVersion.V500)]
    public void A_wrong_connack_is_refused(string body, MqttProtocolVersion version) =>
        Assert.False(ConnackPacket.TryParse(Bytes.Of(body), version, out _, out _));

    [Theory]
    [InlineData(MqttReasonCode.UnsupportedProtocolVersion, 1)]
    [InlineData(MqttReasonCode.ClientIdentifierNotValid, 2)]
    [InlineData(MqttReasonCode.ServerUnavailable, 3)]
    [InlineData(MqttReasonCode.ServerBusy, 3)]
    [InlineData(MqttReasonCode.BadUserNameOrPassword, 4)]
    [InlineData(MqttReasonCode.NotAuthorized, 5)]
    public void A_refusal_in_3_1_1_has_its_own_return_code_and_no_session_present(MqttReasonCode reason, int returnCode)
    {
        var written = new byte[4];
        new ConnackPacket { ReasonCode = reason, SessionPresent = true }.Write(written, MqttProtocolVersion.V311);
        Assert.Equal([0x20, 2, 0, (byte)returnCode], written);
    }

    [Theory]
    [InlineData("90 05 000A 00 01 80", MqttPacketType.Suback, MqttProtocolVersion.V311, 3)]
    [InlineData("90 05 000A 00 02 8F", MqttPacketType.Suback, MqttProtocolVersion.V500, 2)]
    [InlineData("B0 02 000A", MqttPacketType.Unsuback, MqttProtocolVersion.V311, 0)]
    [InlineData("B0 05 000A 00 00 11", MqttPacketType.Unsuback, MqttProtocolVersion.V500, 2)]
    public void Suback_and_unsuback_are_read_and_written(string golden, MqttPacketType type, MqttProtocolVersion version, int count)
    {
        var bytes = Bytes.Of(golden);
        Assert.True(SubackPacket.TryParse(Bytes.Body(bytes, type), type, version, out var packet, out _));
        Assert.Equal(10, packet.PacketId);
        Assert.Equal(count, packet.ReasonCodes.Length);
        var written = new byte[packet.GetLength(type, version)];
        Assert.Equal(written.Length, packet.Write(written, type, version));
        Assert.Equal(bytes, written);
    }

    [Fact]
    public void A_3_1_1_suback_knows_one_failure_only()
    {
        var written = new byte[6];
        var codes = new[] { (byte)MqttReasonCode.GrantedQoS1, (byte)MqttReasonCode.TopicFilterInvalid };
        new SubackPacket { PacketId = 1, ReasonCodes = codes }.Write(written, MqttPacketType.Suback, MqttProtocolVersion.V311);
        Assert.Equal("900400010180", Convert.ToHexString(written));
    }

    [Theory]
    [InlineData("E0 00", MqttProtocolVersion.V311, MqttSender.Client, MqttReasonCode.Success)]
    [InlineData("E0 00", MqttProtocolVersion.V500, MqttSender.Client, MqttReasonCode.Success)]
    [InlineData("E0 01 04", MqttProtocolVersion.V500, MqttSender.Client, MqttReasonCode.DisconnectWithWillMessage)]
    [InlineData("E0 07 00 05 11 00000000", MqttProtocolVersion.V500, MqttSender.Client, MqttReasonCode.Success)]
    [InlineData("E0 01 8E", MqttProtocolVersion.V500, MqttSender.Server, MqttReasonCode.SessionTakenOver)]
    [InlineData("E0 06 9D 04 1C 0001 's'", MqttProtocolVersion.V500, MqttSender.Server, MqttReasonCode.ServerMoved)]
    public void Disconnect_is_read_and_written(string golden, MqttProtocolVersion version, MqttSender sender, MqttReasonCode reason)
    {
        var bytes = Bytes.Of(golden);
        Assert.True(DisconnectPacket.TryParse(Bytes.Body(bytes, MqttPacketType.Disconnect), version, sender, out var packet, out _));
        Assert.Equal(reason, packet.ReasonCode);
        var written = new byte[packet.GetLength(version)];
        Assert.Equal(written.Length, packet.Write(written, version));
        Assert.Equal(bytes, written);
    }

    [Theory]
    [InlineData("00", MqttProtocolVersion.V311, MqttSender.Client, "bytes behind")]
    [InlineData("", MqttProtocolVersion.V311, MqttSender.Server, "from a server")]
    [InlineData("8B", MqttProtocolVersion.V500, MqttSender.Client, "[MQTT-3.14.2-1]")]
    [InlineData("04", MqttProtocolVersion.V500, MqttSender.Server, "[MQTT-3.14.2-1]")]
    [InlineData("00 05 11 00000000", MqttProtocolVersion.V500, MqttSender.Server, "SessionExpiryInterval is not allowed")]
    [InlineData("00 04 1C 0001 's'", MqttProtocolVersion.V500, MqttSender.Client, "ServerReference is not allowed")]
    public void A_wrong_disconnect_is_refused(string body, MqttProtocolVersion version, MqttSender sender, string text)
    {
        Assert.False(DisconnectPacket.TryParse(Bytes.Of(body), version, sender, out _, out var error));
        Assert.Contains(text, error.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("F0 00", MqttReasonCode.Success)]
    [InlineData("F0 0B 18 09 15 0001 'M' 16 0002 0001", MqttReasonCode.ContinueAuthentication)]
    public void Auth_is_read_and_written(string golden, MqttReasonCode reason)
    {
        var bytes = Bytes.Of(golden);
        Assert.True(AuthPacket.TryParse(Bytes.Body(bytes, MqttPacketType.Auth), MqttProtocolVersion.V500, out var packet, out _));
        Assert.Equal(reason, packet.ReasonCode);
        var written = new byte[packet.GetLength()];
        Assert.Equal(written.Length, packet.Write(written));
        Assert.Equal(bytes, written);
    }

    [Theory]
    [InlineData("18 00", MqttProtocolVersion.V311)]
    [InlineData("17 00", MqttProtocolVersion.V500)]
    [InlineData("18", MqttProtocolVersion.V500)]
    [InlineData("18 05 16 0002 0001", MqttProtocolVersion.V500)]
    public void A_wrong_auth_is_refused(string body, MqttProtocolVersion version) =>
        Assert.False(AuthPacket.TryParse(Bytes.Of(body), version, out _, out _));

    [Fact]
    public void A_ping_has_no_body()
    {
        Assert.True(PingPacket.TryParse(Bytes.Body(PrebuiltPackets.Pingreq, MqttPacketType.Pingreq), out _));
        Assert.True(PingPacket.TryParse(Bytes.Body(PrebuiltPackets.Pingresp, MqttPacketType.Pingresp), out _));
        Assert.False(PingPacket.TryParse([0], out var error));
        Assert.Equal(MqttReasonCode.MalformedPacket, error.ReasonCode);
    }
}
