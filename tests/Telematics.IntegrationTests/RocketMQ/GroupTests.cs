using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Telematics.Messaging;
using Telematics.RocketMQ.Groups;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>Members of groups on a real broker: ours, the admin tool's and Java's.</summary>
public sealed class GroupTests : IAsyncLifetime
{
    private ReadingHarness _harness = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _harness = new ReadingHarness(await RocketMQServers.GetAsync());

    public ValueTask DisposeAsync() => _harness?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task Two_members_divide_the_queues_and_one_that_leaves_hands_its_own_over()
    {
        var topic = await _harness.CreateTopicAsync(8);
        var (one, other) = (new Owned(), new Owned());
        var first = await JoinAsync($"g-{topic}", topic, one);
        Assert.Equal(8, one.Count);
        await using var second = await JoinAsync($"g-{topic}", topic, other);
        await UntilAsync(() => one.Count == 4 && other.Count == 4);
        Assert.Empty(one.Queues.Intersect(other.Queues));
        await first.DisposeAsync();
        Assert.Equal(0, one.Count);
        await UntilAsync(() => other.Count == 8);
    }

    [Fact]
    public async Task A_member_whose_connection_breaks_off_hands_its_queues_over()
    {
        var topic = await _harness.CreateTopicAsync(8);
        var (one, other) = (new Owned(), new Owned());
        await using var survivor = await JoinAsync($"g-{topic}", topic, one);
        var context = _harness.NewGroupContext();
        await using var victim = await RocketMQGroupMember.JoinAsync($"g-{topic}", topic, await _harness.QueuesAsync(topic), other, context, Cancellation);
        await UntilAsync(() => one.Count == 4 && other.Count == 4);
        await context.Client.DisposeAsync(); // as at the death of its process: no word to anybody
        await UntilAsync(() => one.Count == 8);
    }

    [Fact]
    public async Task A_broker_that_was_killed_gets_its_members_back_and_their_division_stays()
    {
        using var killable = await KillableRocketMQ.RentAsync();
        var rocketMQ = killable.Servers;
        await using var harness = new ReadingHarness(rocketMQ.Cluster);
        var topic = await harness.CreateTopicAsync(8);
        var queues = await harness.QueuesAsync(topic);
        var (one, other) = (new Owned(), new Owned());
        await using var first = await RocketMQGroupMember.JoinAsync("g", topic, queues, one, harness.NewGroupContext(), Cancellation);
        await using var second = await RocketMQGroupMember.JoinAsync("g", topic, queues, other, harness.NewGroupContext(), Cancellation);
        await UntilAsync(() => one.Count == 4 && other.Count == 4);
        var changes = one.Changes + other.Changes;
        await rocketMQ.Brokers[0].KillAsync();
        await Task.Delay(2000, Cancellation);
        await rocketMQ.Brokers[0].StartAsync();
        await UntilAsync(async () => (await rocketMQ.Cluster.AdminAsync(["consumerConnection", "-g", "g"])).Split('\n').Count(line => line.Contains('@', StringComparison.Ordinal)) == 2);
        await Task.Delay(2000, Cancellation);
        Assert.Equal((4, 4, changes), (one.Count, other.Count, one.Changes + other.Changes));
    }

    [Fact]
    public async Task The_admin_tool_shows_the_lag_that_a_member_reports()
    {
        var topic = await _harness.CreateTopicAsync(1);
        var group = $"g-{topic}";
        var queue = (await _harness.QueuesAsync(topic))[0];
        for (var i = 0; i < 10; i++)
        {
            await _harness.SendAsync(queue, $"{i}");
        }

        var member = await JoinAsync(group, topic, new Owned());
        member.ReportProgress(queue, 7);
        await member.DisposeAsync();
        var progress = await _harness.Cluster.AdminAsync(["consumerProgress", "-g", group]);
        Assert.Matches($@"{topic}\s+broker-a\s+0\s+10\s+7\s", progress);
        Assert.Contains("Consume Diff Total: 3", progress, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_consumer_takes_what_the_admin_tool_sends_and_goes_on_where_it_was()
    {
        var topic = await _harness.CreateTopicAsync(2);
        var options = new RocketMQConsumerOptions { Group = $"g-{topic}", Topic = topic, From = ConsumeFrom.First };
        var consumed = new ConcurrentQueue<RocketMQReceivedMessage>();
        await _harness.Cluster.AdminAsync(["sendMessage", "-t", topic, "-p", "before", "-c", "tag", "-k", "key"]);
        await using (await _harness.StartConsumerAsync(options, TakeAsync))
        {
            await UntilAsync(() => !consumed.IsEmpty);
        }

        var message = Assert.Single(consumed);
        Assert.Equal(("before", "tag", "key", topic), (Encoding.UTF8.GetString(message.Body.Span), message.Tag, message.Keys, message.Topic));
        Assert.NotEqual("", message.MessageId);
        await _harness.Cluster.AdminAsync(["sendMessage", "-t", topic, "-p", "while it was away"]);
        await using (await _harness.StartConsumerAsync(options, TakeAsync))
        {
            await UntilAsync(() => consumed.Count >= 2);
            await Task.Delay(500, Cancellation);
        }

        Assert.Equal(["before", "while it was away"], consumed.Select(message => Encoding.UTF8.GetString(message.Body.Span)));

        ValueTask<ConsumeResult> TakeAsync(RocketMQReceivedMessage message, CancellationToken cancellationToken)
        {
            consumed.Enqueue(message);
            return new(ConsumeResult.Done);
        }
    }

    [Fact]
    public async Task What_is_put_off_comes_again_through_the_retry_topic_and_stops_nothing()
    {
        var topic = await _harness.CreateTopicAsync(1);
        var queue = (await _harness.QueuesAsync(topic))[0];
        for (var i = 0; i < 5; i++)
        {
            await _harness.SendAsync(queue, $"{i}");
        }

        var consumed = new ConcurrentQueue<(string Body, int Times, string Topic)>();
        await using var consumer = await _harness.StartConsumerAsync(new RocketMQConsumerOptions { Group = $"g-{topic}", Topic = topic, From = ConsumeFrom.First }, (message, _) =>
        {
            var body = Encoding.UTF8.GetString(message.Body.Span);
            consumed.Enqueue((body, message.ReconsumeTimes, message.Topic));
            return message.ReconsumeTimes > 0 || body != "2" ? new(ConsumeResult.Done) : throw new InvalidOperationException("not now");
        });
        await UntilAsync(() => consumed.Count == 6);
        Assert.Equal([("0", 0, topic), ("1", 0, topic), ("2", 0, topic), ("3", 0, topic), ("4", 0, topic), ("2", 1, topic)], consumed);
    }

    [Fact]
    public async Task Broadcasting_consumers_get_everything_each()
    {
        var topic = await _harness.CreateTopicAsync(4);
        var options = new RocketMQConsumerOptions { Group = $"g-{topic}", Topic = topic, Mode = ConsumeMode.Broadcasting, From = ConsumeFrom.First };
        var (one, other) = (new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
        await using var first = await _harness.StartConsumerAsync(options, Into(one));
        await using var second = await _harness.StartConsumerAsync(options, Into(other));
        foreach (var queue in await _harness.QueuesAsync(topic))
        {
            await _harness.SendAsync(queue, $"{queue.QueueId}");
        }

        await UntilAsync(() => one.Count == 4 && other.Count == 4);
        Assert.Equal(["0", "1", "2", "3"], one.Order());
        Assert.Equal(["0", "1", "2", "3"], other.Order());
    }

    [Fact]
    public async Task A_Java_member_and_ours_share_a_topic_without_loss_while_members_come_and_go()
    {
        const int Messages = 3000;
        var topic = await _harness.CreateTopicAsync(6);
        var group = $"g-{topic}";
        var queues = await _harness.QueuesAsync(topic);
        var options = new RocketMQConsumerOptions { Group = group, Topic = topic, From = ConsumeFrom.First };
        var ours = new ConcurrentQueue<string>();
        await using var java = await JavaGroupMember.StartAsync(_harness.Cluster, group, topic);
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < Messages; i++)
            {
                await _harness.SendAsync(queues[i % queues.Count], $"{i}");
                if (i % 50 == 0)
                {
                    await Task.Delay(100, Cancellation);
                }
            }
        }, Cancellation);
        await UntilAsync(() => java.Consumed.Length > 100);
        var consumer = await _harness.StartConsumerAsync(options, Into(ours));
        await UntilAsync(() => ours.Count > 200);
        await consumer.DisposeAsync();
        var afterOurs = java.Consumed.Length;
        await UntilAsync(() => java.Consumed.Length > afterOurs + 200);
        await using var again = await _harness.StartConsumerAsync(options, Into(ours));
        var before = ours.Count;
        await UntilAsync(() => ours.Count > before + 200);
        await java.KillAsync();
        await sending;
        await UntilAsync(() => java.Consumed.Concat(ours).Distinct().Count() == Messages);
        var repeats = java.Consumed.Length + ours.Count - Messages;
        Assert.True(ours.Count > 500 && java.Consumed.Length > 500, $"{ours.Count} ours, {java.Consumed.Length} Java's");

        // Double work at hand-overs only: nothing like everything twice.
        Assert.True(repeats < Messages / 2, $"{repeats} of {Messages} messages came twice");
    }

    private static Func<RocketMQReceivedMessage, CancellationToken, ValueTask<ConsumeResult>> Into(ConcurrentQueue<string> bodies) => (message, _) =>
    {
        bodies.Enqueue(Encoding.UTF8.GetString(message.Body.Span));
        return new(ConsumeResult.Done);
    };

    private static Task UntilAsync(Func<bool> reached) => UntilAsync(() => Task.FromResult(reached()));

    private static async Task UntilAsync(Func<Task<bool>> reached)
    {
        var watch = Stopwatch.StartNew();
        while (!await reached())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(90), "It did not come to that.");
            await Task.Delay(50, Cancellation);
        }
    }

    private async Task<RocketMQGroupMember> JoinAsync(string group, string topic, Owned listener) =>
        await RocketMQGroupMember.JoinAsync(group, topic, await _harness.QueuesAsync(topic), listener, _harness.NewGroupContext(), Cancellation);

    private sealed class Owned : IAssignmentListener
    {
        private readonly ConcurrentDictionary<MessageQueue, bool> _queues = new();

        public int Count => _queues.Count;

        public int Changes { get; private set; }

        public IEnumerable<MessageQueue> Queues => _queues.Keys;

        public void OnAssigned(MessageQueue queue)
        {
            Changes++;
            _queues[queue] = true;
        }

        public ValueTask OnRevokedAsync(MessageQueue queue)
        {
            Changes++;
            _queues.TryRemove(queue, out _);
            return ValueTask.CompletedTask;
        }
    }
}
