using System.Text;
using FsCheck.Xunit;
using Telematics.Mqtt.Topics;
using Xunit;

namespace Telematics.Tests.Mqtt.Topics;

public sealed class SubscriptionIndexTests
{
    private static readonly string[] Levels = ["a", "b", "", "$x", "+", "#"];

    [Fact]
    public void A_second_subscription_to_the_same_filter_replaces_the_first()
    {
        // [MQTT-3.8.4-3]
        var index = new SubscriptionIndex<(string Client, int Qos)>(EqualityComparer<(string Client, int Qos)>.Create((x, y) => x.Client == y.Client, x => x.Client.GetHashCode(StringComparison.Ordinal)));
        Assert.True(index.Add("a/b"u8, ("c", 0)));
        Assert.False(index.Add("a/b"u8, ("c", 1)));
        var found = new List<(string Client, int Qos)>();
        index.Match("a/b"u8, found);
        Assert.Equal([("c", 1)], found);
        Assert.Equal(1, index.Count);
    }

    [Fact]
    public void What_was_removed_matches_no_more_and_leaves_nothing()
    {
        var index = new SubscriptionIndex<int>();
        index.Add("a/+/c"u8, 1);
        index.Add("a/+/c"u8, 2);
        index.Add("a/#"u8, 1);
        Assert.True(index.Remove("a/+/c"u8, 1));
        Assert.False(index.Remove("a/+/c"u8, 1));
        Assert.False(index.Remove("a/+"u8, 2));
        Assert.False(index.Remove("x/y"u8, 2));
        Assert.Equal([1, 2], Match(index, "a/b/c"));
        Assert.True(index.Remove("a/#"u8, 1));
        Assert.True(index.Remove("a/+/c"u8, 2));
        Assert.Equal(0, index.Count);
        Assert.Empty(Match(index, "a/b/c"));
    }

    [Fact]
    public void A_filter_with_many_subscribers_keeps_them_all()
    {
        var index = new SubscriptionIndex<int>();
        for (var i = 0; i < 1_000; i++)
        {
            Assert.True(index.Add("a"u8, i));
            Assert.False(index.Add("a"u8, i));
        }

        Assert.Equal(Enumerable.Range(0, 1_000), Match(index, "a"));
        for (var i = 0; i < 1_000; i += 2)
        {
            Assert.True(index.Remove("a"u8, i));
        }

        Assert.Equal(500, index.Count);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => (2 * i) + 1), Match(index, "a"));
    }

    [Theory]
    [InlineData("a/#/b")]
    [InlineData("$share/g/a")]
    [InlineData("")]
    public void What_is_no_ordinary_filter_is_an_error_of_the_program(string filter) =>
        Assert.Throws<ArgumentException>(() => new SubscriptionIndex<int>().Add(Encoding.UTF8.GetBytes(filter), 1));

    [Fact]
    public void The_depth_is_bounded()
    {
        var index = new SubscriptionIndex<int>();
        Assert.True(index.Add(Encoding.UTF8.GetBytes(new string('/', TopicFilter.MaximumLevels - 1)), 1));
        var tooDeep = Encoding.UTF8.GetBytes(new string('/', TopicFilter.MaximumLevels));
        Assert.Throws<ArgumentException>(() => index.Add(tooDeep, 1));
        Assert.False(index.Remove(tooDeep, 1));
        index.Add("#"u8, 2);
        Assert.Equal([2], Match(index, new string('/', 60_000)));
    }

    [Fact]
    public void Matching_allocates_nothing()
    {
        var index = new SubscriptionIndex<int>();
        index.Add("a/+/c"u8, 1);
        index.Add("a/b/c"u8, 2);
        index.Add("#"u8, 3);
        var found = new List<int>(8);
        index.Match("a/b/c"u8, found);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            found.Clear();
            index.Match("a/b/c"u8, found);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(3, found.Count);
    }

    [Property(MaxTest = 500)]
    public void The_index_agrees_with_matching_one_by_one(int[][] filters, int[][] topics, int[] removed)
    {
        var index = new SubscriptionIndex<int>();
        var all = new List<(byte[] Filter, int Id)>();
        for (var i = 0; i < filters.Length; i++)
        {
            var filter = Text(filters[i] ?? [], Levels.Length);
            if (TopicFilter.IsValid(filter))
            {
                all.Add((filter, i));
                Assert.True(index.Add(filter, i));
            }
        }

        foreach (var at in removed ?? [])
        {
            if (all.Count > 0)
            {
                var (filter, id) = all[(int)((uint)at % all.Count)];
                Assert.True(index.Remove(filter, id));
                all.Remove((filter, id));
            }
        }

        Assert.Equal(all.Count, index.Count);
        foreach (var levels in topics)
        {
            var topic = Text(levels ?? [], Levels.Length - 2);
            var expected = all.Where(entry => TopicFilter.Matches(entry.Filter, topic)).Select(entry => entry.Id).Order();
            Assert.Equal(expected, topic.Length == 0 ? expected : Match(index, Encoding.UTF8.GetString(topic)));
        }
    }

    private static byte[] Text(int[] levels, int choices) =>
        Encoding.UTF8.GetBytes(string.Join('/', levels.Select(level => Levels[(uint)level % choices])));

    private static List<int> Match(SubscriptionIndex<int> index, string topic)
    {
        var found = new List<int>();
        index.Match(Encoding.UTF8.GetBytes(topic), found);
        found.Sort();
        return found;
    }
}
