using System.Text;
using Telematics.Messaging;
using Telematics.RocketMQ.Remoting;
using Xunit;

namespace Telematics.Tests.RocketMQ.Groups;

public sealed class RocketMQGroupMemberTests : IAsyncLifetime
{
    private readonly FakeGroupBroker _broker = new();
    private readonly RecordingListener _listener = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task A_single_member_has_every_queue_and_is_known_to_the_broker()
    {
        await using var member = await _broker.JoinAsync(_listener);
        Assert.Equal(8, _listener.Count);
        Assert.Single(_broker.Present);
        var heartbeat = Encoding.UTF8.GetString(_broker.Peer.Received.First(request => request.Request == RequestCode.Heartbeat).Body);
        Assert.Contains("\"groupName\":\"g\",\"consumeType\":\"CONSUME_PASSIVELY\",\"messageModel\":\"CLUSTERING\"", heartbeat, StringComparison.Ordinal);
        Assert.Contains("\"topic\":\"t\",\"subString\":\"*\",\"tagsSet\":[],\"codeSet\":[]", heartbeat, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_in_one_process_have_a_name_and_a_connection_each()
    {
        var other = new RecordingListener();
        await using var first = await _broker.JoinAsync(_listener);
        await using var second = await _broker.JoinAsync(other);
        await _broker.NotifyAsync();
        await _broker.UntilAsync(() => _listener.Count == 4 && other.Count == 4);
        Assert.Equal(Enumerable.Range(0, 8), _listener.Ids.Concat(other.Ids).Order());
        Assert.Equal(2, _broker.Present.Values.Distinct().Count());
    }

    [Fact]
    public async Task A_change_is_noticed_without_a_notice()
    {
        await using var member = await _broker.JoinAsync(_listener);
        _broker.Others.Add("zzz");
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(21));
        await _broker.UntilAsync(() => _listener.Count == 4);
        Assert.Equal([0, 1, 2, 3], _listener.Ids);
    }

    [Fact]
    public async Task A_list_that_nobody_answers_changes_nothing()
    {
        _broker.Others.Add("zzz");
        await using var member = await _broker.JoinAsync(_listener);
        Assert.Equal(4, _listener.Count);
        var changes = _listener.Changes;
        foreach (var script in new Func<FakeRequest, FakeAnswer?>[]
        {
            _ => null,
            _ => new FakeAnswer(ResponseCode.SystemBusy),
            _ => FakeAnswer.Success with { Body = "{\"consumerIdList\":"u8.ToArray() },
            _ => FakeAnswer.Success with { Body = "{}"u8.ToArray() },
            _ => FakeAnswer.Success with { Body = "null"u8.ToArray() },
            _ => FakeAnswer.Success with { Body = "{\"consumerIdList\":[1]}"u8.ToArray() },
            _ => new FakeAnswer(ResponseCode.SystemError) { Remark = "nobody is online" },
            _ => FakeGroupBroker.List("zzz"),
        })
        {
            _broker.ListScript = script;
            await _broker.NotifyAsync();
            await _broker.AdvanceAsync(TimeSpan.FromSeconds(10));
            Assert.Equal((4, changes), (_listener.Count, _listener.Changes));
        }

        _broker.ListScript = null;
        _broker.Others.Clear();
        await _broker.NotifyAsync();
        await _broker.UntilAsync(() => _listener.Count == 8);
    }

    [Fact]
    public async Task A_broker_that_restarted_and_knows_only_us_yet_does_not_make_us_take_what_others_have()
    {
        _broker.Others.Add("zzz");
        await using var member = await _broker.JoinAsync(_listener);
        var changes = _listener.Changes;
        _broker.Others.Clear();
        _broker.Present.Clear();
        var heartbeats = Heartbeats();
        _broker.Peer.Stop();
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(3));
        _broker.Peer.Restart();
        await _broker.UntilAsync(() => Heartbeats() > heartbeats);
        await _broker.NotifyAsync();
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(25));
        Assert.Equal((4, changes), (_listener.Count, _listener.Changes));

        // Who has not come back after more than a heartbeat's interval is gone.
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(35));
        await _broker.UntilAsync(() => _listener.Count == 8);
    }

    [Fact]
    public async Task Brokers_that_restart_one_after_the_other_do_not_make_us_take_what_others_have()
    {
        await using var other = new FakePeer();
        await using var broker = new FakeGroupBroker(other.Address);
        broker.Serve(other);
        broker.Others.Add("zzz");
        await using var member = await broker.JoinAsync(_listener);
        Assert.Equal(4, _listener.Count);
        var changes = _listener.Changes;

        // The first one goes from the route, and comes back with nobody on its list but us, who are quick.
        other.Stop();
        broker.Peer.On(RequestCode.GetRouteInfoByTopic, _ => FakeAnswer.Success with { Body = FakePeer.Route(4, ("broker-a", broker.Peer.Address)) });
        await broker.AdvanceAsync(TimeSpan.FromSeconds(35));
        broker.Others.Clear();
        other.Restart();
        broker.Peer.On(RequestCode.GetRouteInfoByTopic, _ => FakeAnswer.Success with { Body = FakePeer.Route(4, ("broker-a", broker.Peer.Address), ("broker-b", other.Address)) });
        broker.Peer.On(RequestCode.GetConsumerList, _ => new FakeAnswer(ResponseCode.ServiceNotAvailable));
        var heartbeats = other.Received.Count;
        await broker.UntilAsync(() => other.Received.Count > heartbeats);
        await broker.NotifyAsync();
        await broker.AdvanceAsync(TimeSpan.FromSeconds(3));
        Assert.Equal(changes, _listener.Changes);
    }

    [Fact]
    public async Task Who_leaves_while_the_connection_holds_is_gone_at_once()
    {
        _broker.Others.Add("zzz");
        await using var member = await _broker.JoinAsync(_listener);
        _broker.Others.Clear();
        await _broker.NotifyAsync();
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(8, _listener.Count);
    }

    [Fact]
    public async Task Of_two_brokers_one_that_is_away_moves_no_queue()
    {
        await using var other = new FakePeer();
        await using var broker = new FakeGroupBroker(other.Address);
        broker.Serve(other);
        broker.Others.Add("zzz");
        await using var member = await broker.JoinAsync(_listener);
        Assert.Equal([0, 1, 2, 3], _listener.Ids);
        var changes = _listener.Changes;
        other.Stop();
        broker.Peer.On(RequestCode.GetRouteInfoByTopic, _ => FakeAnswer.Success with { Body = FakePeer.Route(4, ("broker-a", broker.Peer.Address)) });
        await broker.AdvanceAsync(TimeSpan.FromSeconds(60));
        await broker.NotifyAsync();
        await broker.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(changes, _listener.Changes);

        // And whoever only one of the two knows is counted.
        broker.Others.Add("yyy");
        await broker.NotifyAsync();
        await broker.UntilAsync(() => _listener.Count == 3);
    }

    [Fact]
    public async Task Heartbeats_go_on_while_a_queue_is_given_back_and_calls_come_one_after_the_other()
    {
        var release = new TaskCompletionSource();
        _listener.OnRevoking = _ => release.Task;
        await using var member = await _broker.JoinAsync(_listener);
        _broker.Others.Add("zzz");
        await _broker.NotifyAsync();
        var heartbeats = Heartbeats();
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(100));
        Assert.True(Heartbeats() >= heartbeats + 3, $"{Heartbeats() - heartbeats} heartbeats in 100 s");
        Assert.Equal(8, _listener.Count);
        release.SetResult();
        await _broker.UntilAsync(() => _listener.Count == 4);
        Assert.False(_listener.Overlapped);
    }

    [Fact]
    public async Task A_lost_connection_is_made_again_with_a_heartbeat()
    {
        await using var member = await _broker.JoinAsync(_listener);
        var heartbeats = Heartbeats();
        _broker.Peer.CloseConnections();
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(3));
        await _broker.UntilAsync(() => Heartbeats() > heartbeats);
    }

    [Fact]
    public async Task Progress_is_reported_every_few_seconds_and_when_leaving()
    {
        var member = await _broker.JoinAsync(_listener);
        member.ReportProgress(_broker.Queues[3], 17);
        await _broker.UntilAsync(() => Reported("3") == "17");
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(11));
        Assert.Equal(1, _broker.Peer.Received.Count(request => request.Request == RequestCode.UpdateConsumerOffset));
        member.ReportProgress(_broker.Queues[3], 18);
        _listener.OnRevoking = queue =>
        {
            member.ReportProgress(queue, 20 + queue.QueueId);
            return Task.CompletedTask;
        };
        await member.DisposeAsync();
        Assert.Equal(("23", "20"), (Reported("3"), Reported("0")));
        Assert.Equal(0, _listener.Count);
        Assert.Empty(_broker.Present);

        string? Reported(string queueId) => _broker.Peer.Received.LastOrDefault(request => request.Request == RequestCode.UpdateConsumerOffset && request["queueId"] == queueId)?["commitOffset"];
    }

    [Fact]
    public async Task A_listener_that_fails_keeps_no_queue_from_others()
    {
        _listener.OnAssigning = queue => Assert.NotEqual(0, queue.QueueId);
        await using var member = await _broker.JoinAsync(_listener);
        Assert.Equal(7, _listener.Count);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(26)]
    public async Task A_refused_member_is_an_error(int code)
    {
        _broker.HeartbeatScript = _ => new FakeAnswer((ResponseCode)code) { Remark = "the broker's words" };
        var fault = await Assert.ThrowsAsync<MessageLogException>(() => _broker.JoinAsync(_listener));
        Assert.Contains("the broker's words", fault.Message, StringComparison.Ordinal);
    }

    private int Heartbeats() => _broker.Peer.Received.Count(request => request.Request == RequestCode.Heartbeat);
}
