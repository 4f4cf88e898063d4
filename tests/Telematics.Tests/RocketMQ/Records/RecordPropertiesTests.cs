using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Telematics.Messaging;
using Telematics.RocketMQ.Records;
using Xunit;

namespace Telematics.Tests.RocketMQ.Records;

public sealed class RecordPropertiesTests
{
    private const string Key = "0102030405060708090A0000000100FF";

    [Fact]
    public void What_we_wrote_is_cut_at_the_first_of_RocketMQs_own()
    {
        var (user, properties) = Read(RecordBytes.PropertiesOf(("clientId", "car-1"), ("empty", ""), ("TAGS", "A"), ("KEYS", "car-1"), ("UNIQ_KEY", Key), ("TMNO", "0A1B2C3D"), ("WAIT", "false")));
        Assert.Equal(RecordBytes.PropertiesOf(("clientId", "car-1"), ("empty", "")), user);
        Assert.Equal(("A", "car-1", Key), properties);
    }

    [Fact]
    public void Foreign_properties_lie_anywhere_and_are_put_together()
    {
        var (user, properties) = Read(RecordBytes.PropertiesOf(("MSG_REGION", "r"), ("b", "2"), ("UNIQ_KEY", "x"), ("a", "1"), ("TRACE_ON", "true"), ("KEYS", "k1 k2"), ("Color", "red")));
        Assert.Equal(RecordBytes.PropertiesOf(("b", "2"), ("a", "1"), ("Color", "red")), user);
        Assert.Equal(("", "k1 k2", "x"), properties);
    }

    [Theory]
    [InlineData("a\u0001b")]
    [InlineData("KEYS\u0001k\u0002a\u0001b")]
    [InlineData("a\u0001b\u0002rest without separator")]
    public void The_last_separator_may_be_missing(string text) => Assert.Equal(RecordBytes.PropertiesOf(("a", "b")), Read(text).User);

    [Theory]
    [InlineData("", "")]
    [InlineData("nothing of the form", "")]
    [InlineData("a\u0001b\u0001c\u0002TAGS\u0001t\u0002", "a\u0001b\u0001c\u0002")]
    [InlineData("TAGS\u0001t\u0002a\u0001b\u0001c\u0002", "a\u0001b\u0001c\u0002")]
    [InlineData("\u0002a\u0001b\u0002", "\u0002a\u0001b\u0002")]
    public void Text_that_is_not_of_the_form_does_no_harm(string text, string user) => Assert.Equal(user, Read(text).User);

    [Fact]
    public void A_number_is_there_only_with_our_mark_and_an_identifier_of_its_form()
    {
        Assert.True(TryGetNumber(("UNIQ_KEY", Key), ("TMNO", "0A1B2C3D")));
        Assert.False(TryGetNumber(("UNIQ_KEY", Key)));
        Assert.False(TryGetNumber(("UNIQ_KEY", Key), ("TMNO", "1")));
        Assert.False(TryGetNumber(("UNIQ_KEY", Key + "00"), ("TMNO", "0A1B2C3D")));
        Assert.False(TryGetNumber(("UNIQ_KEY", "X" + Key[1..]), ("TMNO", "0A1B2C3D")));
        Assert.False(TryGetNumber(("UNIQ_KEY", Key[..^1] + " "), ("TMNO", "0A1B2C3D")));
        Assert.False(TryGetNumber(("UNIQ_KEY", Key[..^1] + "-"), ("TMNO", "0A1B2C3D")));
        Assert.False(TryGetNumber(("TMNO", "0A1B2C3D")));

        static bool TryGetNumber(params (string, string)[] properties)
        {
            var read = RecordProperties.Read(Encoding.UTF8.GetBytes(RecordBytes.PropertiesOf(properties)));
            var instance = new byte[UniqueKey.InstanceLength];
            if (!read.TryGetNumber("0A1B2C3D"u8, instance, out var number))
            {
                return false;
            }

            Assert.Equal("0102030405060708090A", Convert.ToHexString(instance));
            Assert.Equal(0x0000000100FFL, number);
            return true;
        }
    }

    [Fact]
    public void Reserved_names_are_told_from_others()
    {
        Assert.True(SystemProperties.Contains("TIMER_DELIVER_MS"u8));
        Assert.True(SystemProperties.Contains("__SHARDINGKEY"u8));
        Assert.False(SystemProperties.Contains("clientId"u8));
        Assert.False(SystemProperties.Contains("Delay"u8));
        Assert.False(SystemProperties.Contains(""u8));
        Assert.False(SystemProperties.Contains(Encoding.UTF8.GetBytes(new string('K', 300))));
        Assert.False(SystemProperties.Contains("KÄYS"u8));
    }

    [Property(MaxTest = 500)]
    public Property Users_properties_survive_in_their_order_whatever_lies_between() => Prop.ForAll(
        Gen.Elements("a", "clientId", "Own", "KEYS", "TAGS", "UNIQ_KEY", "DELAY", "MSG_REGION", "x-y").Zip(Gen.Elements("", "1", "käse", "long value")).ListOf().ToArbitrary(),
        properties =>
        {
            var user = Read(RecordBytes.PropertiesOf([.. properties])).User;
            return user == RecordBytes.PropertiesOf([.. properties.Where(property => !SystemProperties.Contains(Encoding.UTF8.GetBytes(property.Item1)))]);
        });

    private static (string User, (string Tag, string Keys, string UniqueKey) Own) Read(string text)
    {
        var properties = RecordProperties.Read(Encoding.UTF8.GetBytes(text));
        var user = new byte[properties.UserLength];
        properties.CopyUserTo(user);
        foreach (var property in new MessageProperties(user))
        {
            Assert.False(SystemProperties.Contains(property.Name));
        }

        return (Encoding.UTF8.GetString(user), (Encoding.UTF8.GetString(properties.Tag), Encoding.UTF8.GetString(properties.Keys), Encoding.UTF8.GetString(properties.UniqueKey)));
    }
}
