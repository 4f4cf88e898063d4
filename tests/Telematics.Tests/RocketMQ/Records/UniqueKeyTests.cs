using System.Text;
using Telematics.RocketMQ.Records;
using Xunit;

namespace Telematics.Tests.RocketMQ.Records;

public sealed class UniqueKeyTests
{
    [Theory]
    [InlineData(0, "000000000000")]
    [InlineData(0x0102030405AB, "0102030405AB")]
    [InlineData((1L << 48) - 1, "FFFFFFFFFFFF")]
    public void A_key_is_read_back_as_it_was_written(long number, string digits)
    {
        var key = new byte[UniqueKey.Length];
        UniqueKey.Write(key, "0A0000011234DEADBEEF"u8, number);
        Assert.Equal("0A0000011234DEADBEEF" + digits, Encoding.ASCII.GetString(key));

        var instance = new byte[UniqueKey.InstanceLength];
        Assert.True(UniqueKey.TryParse(key, instance, out var read));
        Assert.Equal(number, read);
        Assert.Equal("0A0000011234DEADBEEF", Convert.ToHexString(instance));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0A0000011234DEADBEEF0102030405A")]
    [InlineData("0A0000011234DEADBEEF0102030405ABC")]
    [InlineData("0A0000011234DEADBEEX0102030405AB")]
    [InlineData("0A0000011234DEADBEEF0102030405 B")]
    [InlineData("0A0000011234DEADBEEF-102030405AB")]
    public void A_key_of_another_form_is_not_taken_apart(string key) =>
        Assert.False(UniqueKey.TryParse(Encoding.ASCII.GetBytes(key), new byte[UniqueKey.InstanceLength], out _));
}
