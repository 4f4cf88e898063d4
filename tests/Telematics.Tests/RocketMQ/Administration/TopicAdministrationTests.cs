using Telematics.Messaging;
using Telematics.RocketMQ.Administration;
using Telematics.RocketMQ.Remoting;
using Xunit;

namespace Telematics.Tests.RocketMQ.Administration;

public sealed class TopicAdministrationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_topic_that_is_as_it_has_to_be_is_left_alone()
    {
        await using var bench = new AdministrationBench(options => options.CreateTopics = true).WithBrokers("a", "b").WithTopic("t", "a", 8).WithTopic("t", "b", 8);
        await EnsureAsync(bench, "t", null, "a", "b");
        Assert.Equal([RequestCode.GetRouteInfoByTopic], bench.Peer.Received.Select(request => request.Request));
    }

    [Fact]
    public async Task A_missing_topic_is_made_on_each_broker_that_lacks_it()
    {
        await using var bench = new AdministrationBench(options => options.CreateTopics = true).WithBrokers("a", "b").WithTopic("t", "a", 8);
        await EnsureAsync(bench, "t", null, "a", "b");
        var made = Assert.Single(bench.Peer.Received, request => request.Request == RequestCode.UpdateAndCreateTopic);
        Assert.Equal(
            ["topic=t", "defaultTopic=TBW102", "readQueueNums=8", "writeQueueNums=8", "perm=6", "topicFilterType=SINGLE_TAG", "topicSysFlag=0", "order=false"],
            made.Fields.Select(field => $"{field.Key}={field.Value}"));
    }

    [Fact]
    public async Task Where_topics_may_not_be_made_the_error_is_the_command_that_makes_it()
    {
        await using var bench = new AdministrationBench().WithBrokers("a");
        var fault = await FailAsync(bench, "t", null, "a");
        Assert.Contains($"mqadmin updateTopic -b {bench.Peer.Address} -t t -r 8 -w 8 -n '{bench.Peer.Address}'", fault, StringComparison.Ordinal);
        Assert.DoesNotContain(bench.Peer.Received, request => request.Request == RequestCode.UpdateAndCreateTopic);
    }

    [Fact]
    public async Task A_broker_that_refuses_to_make_it_is_quoted()
    {
        await using var bench = new AdministrationBench(options => options.CreateTopics = true).WithBrokers("a");
        bench.Peer.On(RequestCode.UpdateAndCreateTopic, _ => new(ResponseCode.NoPermission) { Remark = "User:x has no permission" });
        var fault = await FailAsync(bench, "t", null, "a");
        Assert.Contains("16 (NoPermission), User:x has no permission", fault, StringComparison.Ordinal);
        Assert.Contains("mqadmin updateTopic", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(16)]
    public async Task Another_number_of_queues_is_an_error_that_names_both(int queues)
    {
        await using var bench = new AdministrationBench(options => options.CreateTopics = true).WithBrokers("a").WithTopic("t", "a", queues);
        var fault = await FailAsync(bench, "t", null, "a");
        Assert.Contains($"{queues} queues to write and {queues} to read on broker a, but 8 are configured", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4, "read only")]
    [InlineData(2, "written only")]
    public async Task A_topic_that_cannot_be_read_and_written_is_an_error(int permission, string message)
    {
        await using var bench = new AdministrationBench().WithBrokers("a").WithTopic("t", "a", 8, permission);
        Assert.Contains(message, await FailAsync(bench, "t", null, "a"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_that_is_away_keeps_its_part_when_another_one_has_the_topic()
    {
        await using var bench = new AdministrationBench(options => options.CreateTopics = true).WithBrokers("b").WithTopic("t", "b", 8);
        await EnsureAsync(bench, "t", null, "a", "b");
        Assert.DoesNotContain(bench.Peer.Received, request => request.Request == RequestCode.UpdateAndCreateTopic);
    }

    [Fact]
    public async Task A_topic_that_is_nowhere_is_not_made_while_a_broker_is_away()
    {
        await using var bench = new AdministrationBench(options => options.CreateTopics = true).WithBrokers("b");
        Assert.Contains("broker a is not registered", await FailAsync(bench, "t", null, "a", "b"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("rmq_sys_wheel_timer")]
    [InlineData("TBW102")]
    [InlineData("broker-a")]
    [InlineData("c")]
    public async Task A_name_that_is_RocketMQs_own_or_none_is_refused(string topic)
    {
        await using var bench = new AdministrationBench(options => options.CreateTopics = true).WithBrokers("broker-a");
        await FailAsync(bench, topic, null, "broker-a");
        Assert.DoesNotContain(bench.Peer.Received, request => request.Request == RequestCode.UpdateAndCreateTopic);
    }

    [Fact]
    public void Queues_are_counted_over_the_brokers_in_their_order()
    {
        Assert.Equal(["t@b/0", "t@b/1", "t@a/0", "t@a/1"], QueueLayout.Of(null, ["b", "a"], 2).QueuesOf("t").Select(queue => $"{queue}"));
        Assert.Equal(["t@b/0", "t@b/1", "t@a/0"], QueueLayout.Of(3, ["b", "a"], 2).QueuesOf("t").Select(queue => $"{queue}"));
        Assert.Equal(["t@b/0"], QueueLayout.Of(1, ["b", "a"], 2).QueuesOf("t").Select(queue => $"{queue}"));
        Assert.Equal([0, 1, 2, 3], QueueLayout.Of(null, ["b", "a"], 2).QueuesOf("t").Select(queue => queue.Index));
    }

    [Theory]
    [InlineData("flushDiskType=ASYNC_FLUSH\nbrokerRole=ASYNC_MASTER\ninSyncReplicas=1", "not a power cut")]
    [InlineData("flushDiskType=SYNC_FLUSH\nbrokerRole=SYNC_MASTER\ninSyncReplicas=2", "on the broker's disk, and on a slave")]
    [InlineData("a=b=c\nnothing", "unknown flush mode")]
    public void A_brokers_settings_say_what_its_OK_promises(string settings, string promise) =>
        Assert.Contains(promise, Durability.Describe(settings), StringComparison.Ordinal);

    private static Task EnsureAsync(AdministrationBench bench, string topic, int? queues, params string[] brokers) =>
        new TopicAdministration(bench.Context).EnsureAsync(topic, QueueLayout.Of(queues, brokers, 8), Cancellation);

    private static async Task<string> FailAsync(AdministrationBench bench, string topic, int? queues, params string[] brokers) =>
        (await Assert.ThrowsAsync<MessageLogException>(() => EnsureAsync(bench, topic, queues, brokers))).Message;
}
