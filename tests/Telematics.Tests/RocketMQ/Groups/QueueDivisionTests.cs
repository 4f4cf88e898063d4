using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Telematics.Messaging;
using Telematics.RocketMQ.Groups;
using Xunit;

namespace Telematics.Tests.RocketMQ.Groups;

public sealed class QueueDivisionTests
{
    /// <summary>What RocketMQ 5.5.0's <c>AllocateMessageQueueAveragely</c> answered for so many queues and members.</summary>
    [Theory]
    [InlineData(7, 2, "0-3 4-6")]
    [InlineData(8, 3, "0-2 3-5 6-7")]
    [InlineData(8, 8, "0-0 1-1 2-2 3-3 4-4 5-5 6-6 7-7")]
    [InlineData(3, 5, "0-0 1-1 2-2 - -")]
    [InlineData(16, 3, "0-5 6-10 11-15")]
    [InlineData(1, 1, "0-0")]
    public void Members_get_what_a_Java_client_would_give_them(int queues, int members, string expected)
    {
        string[] ids = [.. Enumerable.Range(0, members).Select(i => $"10.0.0.1@{i}")];
        var shares = ids.Select(id => QueueDivision.Divide(Queues(queues).Reverse(), ids.Reverse(), id)).Select(share => share.Count == 0 ? "-" : $"{share[0].QueueId}-{share[^1].QueueId}");
        Assert.Equal(expected, string.Join(' ', shares));
    }

    [Fact]
    public void Names_are_sorted_by_code_units_as_Java_sorts_them()
    {
        string[] ids = ["b", "a", "B", "_", "Z", "10.0.0.10@1", "10.0.0.9@1"];
        Assert.Equal(["10.0.0.10@1", "10.0.0.9@1", "B", "Z", "_", "a", "b"], ids.OrderBy(id => QueueDivision.Divide(Queues(7), ids, id)[0].QueueId));
        MessageQueue[] queues = [new("t", "broker-b", 0, 0), new("t", "broker-B", 0, 1), new("t", "broker-a", 10, 2), new("t", "broker-a", 9, 3)];
        Assert.Equal(["broker-B/0", "broker-a/9", "broker-a/10", "broker-b/0"], QueueDivision.Divide(queues, ["x"], "x").Select(queue => $"{queue.Broker}/{queue.QueueId}"));
    }

    [Fact]
    public void Who_is_no_member_gets_nothing() => Assert.Empty(QueueDivision.Divide(Queues(8), ["a", "b"], "c"));

    [Property]
    public Property Every_queue_has_exactly_one_owner_and_shares_differ_by_one_at_most() => Prop.ForAll(
        Gen.Choose(0, 70).Zip(Gen.Choose(1, 40)).ToArbitrary(),
        sizes =>
        {
            var (queues, members) = sizes;
            string[] ids = [.. Enumerable.Range(0, members).Select(i => $"m{i}")];
            var shares = ids.Select(id => QueueDivision.Divide(Queues(queues), ids, id)).ToArray();
            return shares.SelectMany(share => share).Order(Comparer<MessageQueue>.Create((x, y) => x.QueueId - y.QueueId)).SequenceEqual(Queues(queues))
                && shares.Max(share => share.Count) - shares.Min(share => share.Count) <= 1;
        });

    private static IEnumerable<MessageQueue> Queues(int count) => Enumerable.Range(0, count).Select(id => new MessageQueue("t", "broker-a", id, id));
}
