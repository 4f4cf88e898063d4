using System.Text;
using Telematics.Messaging;
using Telematics.RocketMQ.Records;
using Xunit;

namespace Telematics.Tests.RocketMQ.Records;

public sealed class BatchLayoutTests
{
    private static readonly byte[] Instance = Encoding.ASCII.GetBytes("0A0000011234DEADBEEF");

    [Fact]
    public void A_member_is_laid_out_as_RocketMQ_reads_it()
    {
        var message = new OutgoingMessage { Key = "car"u8, Tag = "A"u8, Properties = "p\u0001v\u0002"u8, Body = "m0"u8 };
        var member = new byte[BatchLayout.SizeOf(message)];
        BatchLayout.Write(member, message, Instance, 0x0102030405AB, "0A1B2C3D"u8);

        // total, magic, crc, flag, body: as in the captured batch of two, whose first member has the same body.
        const string properties = "p\u0001v\u0002TAGS\u0001A\u0002KEYS\u0001car\u0002UNIQ_KEY\u00010A0000011234DEADBEEF0102030405AB\u0002TMNO\u00010A1B2C3D\u0002";
        var expected = "000000" + member.Length.ToString("X2", null)
            + "000000000000000000000000000000026D30"
            + properties.Length.ToString("X4", null)
            + Convert.ToHexString(Encoding.ASCII.GetBytes(properties));
        Assert.Equal(expected, Convert.ToHexString(member));
    }

    [Fact]
    public void The_captured_batch_is_walked_by_the_lengths_that_are_written()
    {
        // The body of the captured request 320: two members.
        var captured = Convert.FromHexString("0000002b000000000000000000000000000000026d300013554e49515f4b4559014230025441475301410200000024000000000000000000000000000000026d31000c554e49515f4b455901423102");
        var lengths = new List<int>();
        for (var rest = captured.AsSpan(); !rest.IsEmpty; rest = rest[lengths[^1]..])
        {
            var total = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(rest);
            var body = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(rest[16..]);
            var properties = System.Buffers.Binary.BinaryPrimitives.ReadInt16BigEndian(rest[(20 + body)..]);
            Assert.Equal(total, 22 + body + properties);
            lengths.Add(total);
        }

        Assert.Equal([0x2b, 0x24], lengths);
    }

    [Fact]
    public void Properties_without_the_last_separator_do_not_run_into_ours()
    {
        var message = new OutgoingMessage { Key = "k"u8, Properties = "p\u0001v"u8 };
        BatchLayout.Check(message);
        var member = new byte[BatchLayout.SizeOf(message)];
        BatchLayout.Write(member, message, Instance, 1, "0A1B2C3D"u8);
        var properties = new MessageProperties(member.AsSpan(22));
        Assert.Equal("v", properties.GetString("p"u8));
        Assert.Equal("k", properties.GetString("KEYS"u8));
        Assert.Null(properties.GetString("TAGS"u8));
        Assert.Equal("0A1B2C3D", properties.GetString("TMNO"u8));
    }

    [Theory]
    [InlineData("DELAY\u00011\u0002")]
    [InlineData("a\u00011\u0002TIMER_DELAY_SEC\u00013\u0002")]
    [InlineData("UNIQ_KEY\u0001x\u0002")]
    [InlineData("TMNO\u00011\u0002")]
    [InlineData("INNER_MULTI_DISPATCH\u0001x\u0002")]
    [InlineData("__transactionId__\u0001x\u0002")]
    [InlineData("__RMQ.TRANSIENT.X\u0001x\u0002")]
    public void A_property_that_RocketMQ_interprets_is_refused(string properties) =>
        Assert.Contains("interprets", Assert.Throws<ArgumentException>(() => BatchLayout.CheckProperties(Encoding.UTF8.GetBytes(properties))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("name")]
    [InlineData("a\u00011\u0002name")]
    [InlineData("\u0001value\u0002")]
    [InlineData("a\u00011\u0001DELAY\u00012\u0002")]
    [InlineData("a\u00011\u0002\u0002DELAY\u00012\u0002")]
    public void Properties_of_another_form_are_refused(string properties) =>
        Assert.Contains("form", Assert.Throws<ArgumentException>(() => BatchLayout.CheckProperties(Encoding.UTF8.GetBytes(properties))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("clientId\u0001car-1\u0002mqttSecondTopic\u0001/x\u0002")]
    [InlineData("Delay\u0001\u0002delay\u0001\u0002ÄUTF8\u0001ä")]
    public void Properties_of_users_pass(string properties) => BatchLayout.CheckProperties(Encoding.UTF8.GetBytes(properties));

    [Fact]
    public void A_key_or_tag_cannot_forge_a_property()
    {
        Assert.Throws<ArgumentException>(() => BatchLayout.Check(new OutgoingMessage { Key = "k\u0002DELAY\u00011"u8 }));
        Assert.Throws<ArgumentException>(() => BatchLayout.Check(new OutgoingMessage { Key = "k"u8, Tag = "t\u0002DELAY\u00011"u8 }));
        Assert.Throws<ArgumentException>(() => BatchLayout.Check(new OutgoingMessage { Key = default }));
    }
}
