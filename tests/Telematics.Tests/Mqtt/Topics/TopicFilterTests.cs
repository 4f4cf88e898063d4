using System.Text;
using Telematics.Mqtt.Topics;
using Xunit;

namespace Telematics.Tests.Mqtt.Topics;

public sealed class TopicFilterTests
{
    [Theory]
    [InlineData("#", true)]
    [InlineData("+", true)]
    [InlineData("/", true)]
    [InlineData("a//b", true)]
    [InlineData("+/+/#", true)]
    [InlineData("sport/tennis/#", true)]
    [InlineData("sport/tennis#", false)]
    [InlineData("sport/#/ranking", false)]
    [InlineData("sport+", false)]
    [InlineData("a/+b/c", false)]
    [InlineData("##", false)]
    [InlineData("", false)]
    [InlineData("$share/g/a/+", true)]
    [InlineData("$share/g/", false)]
    [InlineData("$share/g", false)]
    [InlineData("$share//a", false)]
    [InlineData("$share/g+/a", false)]
    [InlineData("$share/g/a#", false)]
    [InlineData("a\0b", false)]
    public void Wildcards_stand_where_the_specification_allows(string filter, bool expected) =>
        Assert.Equal(expected, TopicFilter.IsValid(Encoding.UTF8.GetBytes(filter)));

    [Theory]
    [InlineData("a/b", "a/b", true)]
    [InlineData("a/b", "a/b/", false)]
    [InlineData("a/b", "a", false)]
    [InlineData("a", "a/b", false)]
    [InlineData("A", "a", false)]
    [InlineData("sport/#", "sport", true)]
    [InlineData("sport/#", "sport/", true)]
    [InlineData("sport/#", "sport/a/b", true)]
    [InlineData("sport/#", "sports", false)]
    [InlineData("sport/+", "sport", false)]
    [InlineData("sport/+", "sport/", true)]
    [InlineData("+/+", "/finance", true)]
    [InlineData("/+", "/finance", true)]
    [InlineData("+", "/finance", false)]
    [InlineData("+/b/#", "a/b", true)]
    [InlineData("#", "a/b/c", true)]
    [InlineData("#", "$SYS/a", false)]
    [InlineData("+/a", "$SYS/a", false)]
    [InlineData("$SYS/#", "$SYS/a", true)]
    [InlineData("$SYS/+", "$SYS/a", true)]
    public void Matching_follows_section_4_7(string filter, string topic, bool expected)
    {
        Assert.Equal(expected, TopicFilter.Matches(Encoding.UTF8.GetBytes(filter), Encoding.UTF8.GetBytes(topic)));
        var index = new SubscriptionIndex<string>();
        index.Add(Encoding.UTF8.GetBytes(filter), "x");
        var found = new List<string>();
        index.Match(Encoding.UTF8.GetBytes(topic), found);
        Assert.Equal(expected ? 1 : 0, found.Count);
    }

    [Fact]
    public void A_share_is_taken_apart()
    {
        Assert.True(TopicFilter.TryParseShared("$share/group/a/#"u8, out var name, out var filter));
        Assert.Equal("group", Encoding.UTF8.GetString(name));
        Assert.Equal("a/#", Encoding.UTF8.GetString(filter));
        Assert.False(TopicFilter.TryParseShared("$shares/group/a"u8, out _, out filter));
        Assert.Equal("$shares/group/a", Encoding.UTF8.GetString(filter));
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("", false)]
    [InlineData("a/+", false)]
    [InlineData("a#", false)]
    public void Topic_names_have_no_wildcards(string topic, bool expected) =>
        Assert.Equal(expected, TopicName.IsValid(Encoding.UTF8.GetBytes(topic)));

    [Fact]
    public void A_topic_name_has_at_most_65535_bytes()
    {
        // [MQTT-4.7.3-3]
        Assert.True(TopicName.IsValid(new byte[65_535].Select(_ => (byte)'a').ToArray()));
        Assert.False(TopicName.IsValid(new byte[65_536].Select(_ => (byte)'a').ToArray()));
    }
}
