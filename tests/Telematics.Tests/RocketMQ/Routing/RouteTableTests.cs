using System.Text;
using Microsoft.Extensions.Time.Testing;
using Telematics.RocketMQ;
using Telematics.RocketMQ.Remoting;
using Telematics.RocketMQ.Routing;
using Xunit;

namespace Telematics.Tests.RocketMQ.Routing;

public sealed class RouteTableTests
{
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void A_captured_route_is_read()
    {
        var body = new FakeRequest(null!, Remoting.RemotingVectors.All["105 route, version 493"].Answer).Body;
        var route = RouteDecoder.Decode("vt1", body, "ns");
        var broker = Assert.Single(route.Brokers);
        Assert.Equal(("DefaultCluster", "broker-a", "127.0.0.1:10911"), (broker.Cluster, broker.Name, broker.Master));
        Assert.Equal([new TopicQueues("broker-a", 2, 2, Readable: true, Writable: true)], route.Queues);
    }

    [Fact]
    public void Brokers_are_sorted_slaves_and_permissions_told_apart()
    {
        var route = RouteDecoder.Decode("t", Encoding.UTF8.GetBytes("""
            {"brokerDatas":[{"brokerAddrs":{"1":"h:3"},"brokerName":"b","cluster":"c"},{"brokerAddrs":{"0":"h:1","2":"h:2"},"brokerName":"B","cluster":"c"}],
             "queueDatas":[{"brokerName":"b","perm":4,"readQueueNums":3,"writeQueueNums":1,"topicSysFlag":0},{"brokerName":"B","perm":2,"readQueueNums":4,"writeQueueNums":4}],
             "topicQueueMappingByBroker":{}}
            """), "ns");
        Assert.Equal([("B", "h:1"), ("b", null)], route.Brokers.Select(broker => (broker.Name, broker.Master)));
        Assert.Equal([new TopicQueues("B", 4, 4, false, true), new TopicQueues("b", 3, 1, true, false)], route.Queues);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"brokerDatas":[{"brokerName":"b"}]}""")]
    [InlineData("""{"brokerDatas":[{"brokerName":"b","brokerAddrs":{"x":"h:1"}}]}""")]
    [InlineData("""{"queueDatas":[{"brokerName":"b","perm":"6"}]}""")]
    [InlineData("""{"brokerDatas":[{"brokerName":"b","brokerAddrs":{"0":"h:1","00":"h:2"}}]}""")]
    public void What_is_no_route_is_malformed(string body) =>
        Assert.Equal(RemotingFault.Malformed, Assert.Throws<RemotingException>(() => RouteDecoder.Decode("t", Encoding.UTF8.GetBytes(body), "ns")).Fault);

    [Fact]
    public void A_captured_list_of_brokers_is_read_though_it_is_no_JSON()
    {
        var body = new FakeRequest(null!, Remoting.RemotingVectors.All["106 cluster info (unquoted key 0)"].Answer).Body;
        var broker = Assert.Single(ClusterInfoDecoder.Decode(body, "ns").Brokers);
        Assert.Equal(("DefaultCluster", "broker-a", "127.0.0.1:10911"), (broker.Cluster, broker.Name, broker.Master));
    }

    [Theory]
    [InlineData("""{0:"a",12: "b"}""", """{"0":"a","12": "b"}""")]
    [InlineData("""{"a":[0,1,2],"b":{"1":3}}""", """{"a":[0,1,2],"b":{"1":3}}""")]
    [InlineData("""{"a":"{0:1,\"2:","b\\":{ 7:1}}""", """{"a":"{0:1,\"2:","b\\":{ "7":1}}""")]
    [InlineData("12", "12")]
    [InlineData("{3", "{3")]
    public void Only_keys_are_quoted(string given, string quoted) =>
        Assert.Equal(quoted, Encoding.UTF8.GetString(UnquotedKeys.Quote(Encoding.UTF8.GetBytes(given))));

    [Fact]
    public async Task A_route_is_asked_once_and_then_known()
    {
        await using var peer = new FakePeer().ServeRoute("t", 8, ("a", "127.0.0.1:1"), ("b", "127.0.0.1:2"));
        await using var harness = new RemotingHarness(peer, _time);
        var calls = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => harness.Routes.GetAsync("t", Cancellation).AsTask()));
        Assert.All(calls, route => Assert.Same(calls[0], route));
        Assert.Same(calls[0], await harness.Routes.GetAsync("t", Cancellation));
        Assert.Single(peer.Received);
        Assert.Equal("127.0.0.1:2", harness.Routes.FindAddress("b"));
        Assert.Null(harness.Routes.FindAddress("c"));
        Assert.Null(harness.Routes.FindAddress("b", 1));
    }

    [Fact]
    public async Task A_topic_without_a_route_is_null_and_asked_for_again()
    {
        await using var peer = new FakePeer().On(RequestCode.GetRouteInfoByTopic, _ => new(ResponseCode.TopicNotExist));
        await using var harness = new RemotingHarness(peer, _time);
        Assert.Null(await harness.Routes.GetAsync("t", Cancellation));
        peer.ServeRoute("t", 1, ("a", "127.0.0.1:1"));
        Assert.Null(await harness.Routes.GetAsync("t", Cancellation));
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.NotNull(await harness.Routes.GetAsync("t", Cancellation));
    }

    [Fact]
    public async Task Every_known_topic_is_asked_for_again_after_30_s()
    {
        await using var peer = new FakePeer().ServeRoute("t", 1, ("a", "127.0.0.1:1"));
        await using var harness = new RemotingHarness(peer, _time);
        await harness.Routes.GetAsync("t", Cancellation);
        peer.ServeRoute("t", 1, ("a", "127.0.0.1:3"));
        _time.Advance(TimeSpan.FromSeconds(30));
        await UntilAsync(() => harness.Routes.FindAddress("a") == "127.0.0.1:3");
    }

    [Fact]
    public async Task A_broken_connection_has_the_topics_of_that_address_asked_for_again_at_once()
    {
        await using var peer = new FakePeer().ServeRoute("t", 1, ("a", "127.0.0.1:1")).ServeRoute("other", 1, ("b", "127.0.0.1:2"));
        await using var harness = new RemotingHarness(peer, _time);
        await harness.Routes.GetAsync("t", Cancellation);
        await harness.Routes.GetAsync("other", Cancellation);
        peer.ServeRoute("t", 1, ("a", "127.0.0.1:3"));
        _time.Advance(TimeSpan.FromMilliseconds(100));
        harness.Routes.RefreshAt("127.0.0.1:1");
        await UntilAsync(() => harness.Routes.FindAddress("a") == "127.0.0.1:3");
        Assert.Equal(["t", "other", "t"], peer.Received.Select(request => request["topic"]));
    }

    [Theory]
    [InlineData(17)]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_name_server_that_knows_nothing_yet_does_not_take_a_route_away(int code)
    {
        await using var peer = new FakePeer().ServeRoute("t", 1, ("a", "127.0.0.1:1"));
        await using var harness = new RemotingHarness(peer, _time);
        var route = await harness.Routes.GetAsync("t", Cancellation);
        peer.On(RequestCode.GetRouteInfoByTopic, _ => new((ResponseCode)code) { Body = FakePeer.Route(1) });
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(route, await harness.Routes.RefreshAsync("t", Cancellation));
        Assert.Equal(2, peer.Received.Count);
        Assert.Equal("127.0.0.1:1", harness.Routes.FindAddress("a"));
    }

    [Fact]
    public async Task A_broker_that_went_away_has_no_address_until_it_is_back()
    {
        await using var peer = new FakePeer().ServeRoute("t", 1, ("a", "127.0.0.1:1"), ("b", "127.0.0.1:2"));
        await using var harness = new RemotingHarness(peer, _time);
        await harness.Routes.GetAsync("t", Cancellation);
        peer.ServeRoute("t", 1, ("a", "127.0.0.1:1"));
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await harness.Routes.RefreshAsync("t", Cancellation);
        Assert.Null(harness.Routes.FindAddress("b"));
        peer.ServeRoute("t", 1, ("a", "127.0.0.1:1"), ("b", "127.0.0.1:4"));
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await harness.Routes.RefreshAsync("t", Cancellation);
        Assert.Equal("127.0.0.1:4", harness.Routes.FindAddress("b"));
    }

    [Fact]
    public async Task When_a_name_server_is_away_the_next_one_is_asked_and_kept()
    {
        await using var one = new FakePeer().ServeRoute("t", 1, ("a", "127.0.0.1:1"));
        await using var other = new FakePeer().ServeRoute("t", 1, ("a", "127.0.0.1:1"));
        await using var harness = new RemotingHarness(new RocketMQOptions { NameServers = $"{one.Address};{other.Address}" }, _time);
        await harness.Routes.GetAsync("t", Cancellation);
        var (asked, left) = one.Received.Count > 0 ? (one, other) : (other, one);
        asked.Stop();
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.NotNull(await harness.Routes.RefreshAsync("t", Cancellation));
        Assert.Single(left.Received);
        asked.Restart();
        _time.Advance(TimeSpan.FromSeconds(2));
        await harness.Routes.RefreshAsync("t", Cancellation);
        Assert.Equal(2, left.Received.Count);
    }

    [Fact]
    public async Task Without_any_name_server_a_known_route_stays_and_an_unknown_one_is_an_error()
    {
        await using var peer = new FakePeer().ServeRoute("t", 1, ("a", "127.0.0.1:1"));
        await using var harness = new RemotingHarness(peer, _time);
        var route = await harness.Routes.GetAsync("t", Cancellation);
        peer.Stop();
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(route, await harness.Routes.RefreshAsync("t", Cancellation));
        Assert.Equal(RemotingFault.CannotConnect, (await Assert.ThrowsAsync<RemotingException>(async () => await harness.Routes.GetAsync("other", Cancellation))).Fault);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var end = Environment.TickCount64 + 30_000; !condition();)
        {
            Assert.True(Environment.TickCount64 < end, "It did not come to that.");
            await Task.Delay(10, Cancellation);
        }
    }
}
