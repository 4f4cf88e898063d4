using System.Buffers;
using Telematics.Mqtt;
using Xunit;

namespace Telematics.Tests.Mqtt;

public sealed class FixedHeaderTests
{
    private const int Limit = 65_536;

    [Theory]
    [InlineData("", 0)]
    [InlineData("30", 0)]
    [InlineData("3080", 0)]
    [InlineData("30FFFF", 0)]
    [InlineData("30050001", 7)]
    public void A_packet_with_missing_bytes_is_incomplete_and_tells_its_length_when_known(string hex, int packetLength)
    {
        Assert.Equal(MqttFrameStatus.Incomplete, MqttFixedHeader.Read(Convert.FromHexString(hex), Limit, out var header, out _));
        Assert.Equal(packetLength, header.PacketLength);
    }

    [Theory]
    [InlineData(new byte[] { 0x30 }, 2)]
    [InlineData(new byte[] { 0x30, 0x80 }, 3)]
    [InlineData(new byte[] { 0x30, 0x80, 0x80, 0x10 }, 262_148)]
    [InlineData(new byte[] { 0xC0, 0x00, 0x30 }, 2)]
    public void A_header_tells_how_many_bytes_its_packet_needs(byte[] buffer, int expected) => Assert.Equal(expected, MqttFixedHeader.GetNeeded(buffer));

    [Fact]
    public void A_whole_packet_tells_type_flags_and_lengths()
    {
        Assert.Equal(MqttFrameStatus.Complete, MqttFixedHeader.Read([0x3D, 0x02, 1, 2, 3], Limit, out var header, out _));
        Assert.Equal(MqttPacketType.Publish, header.Type);
        Assert.Equal(0x0D, header.Flags);
        Assert.Equal((2, 2, 4), (header.HeaderLength, header.BodyLength, header.PacketLength));
    }

    [Theory]
    [InlineData("00", "[MQTT-2.1.3-1] type 0 is reserved")]
    [InlineData("1100", "CONNECT flags")]
    [InlineData("36", "[MQTT-3.3.1-4] QoS 3")]
    [InlineData("38", "[MQTT-3.3.1-2] DUP at QoS 0")]
    [InlineData("8000", "[MQTT-3.8.1-1] SUBSCRIBE flags are 0010")]
    [InlineData("A000", "[MQTT-3.10.1-1] UNSUBSCRIBE flags are 0010")]
    [InlineData("6002", "[MQTT-3.6.1-1] PUBREL flags are 0010")]
    [InlineData("E100", "[MQTT-3.14.1-1] DISCONNECT flags")]
    [InlineData("30FFFFFF80", "Remaining Length of more than four bytes")]
    [InlineData("30FFFFFFFF", "Remaining Length of more than four bytes")]
    [InlineData("308000", "[MQTT-1.5.5-1] not the shortest form")]
    [InlineData("30818000", "[MQTT-1.5.5-1] not the shortest form")]
    public void A_malformed_fixed_header_is_refused_at_once(string hex, string why)
    {
        Assert.Equal(MqttFrameStatus.Invalid, MqttFixedHeader.Read(Convert.FromHexString(hex), Limit, out _, out var error));
        Assert.True(error.ReasonCode == MqttReasonCode.MalformedPacket, why);
        Assert.NotEmpty(error.Text);
    }

    [Fact]
    public void A_packet_above_the_limit_is_refused_before_its_body_comes()
    {
        // 65,534 bytes of body and 4 of header are one more than fits.
        Assert.Equal(MqttFrameStatus.Invalid, MqttFixedHeader.Read([0x30, 0xFE, 0xFF, 0x03], 65_537, out _, out var error));
        Assert.Equal(MqttReasonCode.PacketTooLarge, error.ReasonCode);
        Assert.Equal("Publish packet of 65538 bytes, the limit is 65537", error.Text);
        Assert.Equal(MqttFrameStatus.Incomplete, MqttFixedHeader.Read([0x30, 0xFE, 0xFF, 0x03], 65_538, out _, out _));
    }

    [Theory]
    [InlineData("30050001610203", 1)]
    [InlineData("308001", 1)]
    [InlineData("308001", 2)]
    [InlineData("3082FF7F00", 2)]
    [InlineData("30FFFFFFFF", 3)]
    [InlineData("C000", 1)]
    public void Split_buffers_give_the_same_as_whole_ones(string hex, int cut)
    {
        var bytes = Convert.FromHexString(hex);
        var status = MqttFixedHeader.Read(bytes, Limit, out var header, out var error);
        Assert.Equal(status, MqttFixedHeader.Read(Split(bytes, cut), Limit, out var split, out var splitError));
        Assert.Equal((header.First, header.HeaderLength, header.BodyLength), (split.First, split.HeaderLength, split.BodyLength));
        Assert.Equal(error, splitError);
    }

    private static ReadOnlySequence<byte> Split(byte[] bytes, int cut)
    {
        var first = new Segment(bytes.AsMemory(0, cut), 0);
        var last = new Segment(bytes.AsMemory(cut), cut);
        first.Link(last);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index)
        {
            Memory = memory;
            RunningIndex = index;
        }

        public void Link(Segment next) => Next = next;
    }
}
