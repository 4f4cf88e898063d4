using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Telematics.Messaging;
using Telematics.RocketMQ.Groups;
using Telematics.RocketMQ.Remoting;
using Xunit;

namespace Telematics.Tests.RocketMQ.Groups;

public sealed class StartOffsetTests : IAsyncLifetime
{
    private static readonly MessageQueue Queue = new("t", "broker-a", 3, 3);

    private readonly ConcurrentDictionary<(string Topic, string Queue), string> _stored = new();
    private readonly FakePeer _broker = new();
    private readonly RemotingHarness _harness;
    private long _end = 100;

    public StartOffsetTests()
    {
        _broker.ServeRoute("t", 8, ("broker-a", _broker.Address));
        _broker.On(RequestCode.QueryConsumerOffset, request => _stored.TryGetValue((request["topic"], request["queueId"]), out var offset) ? FakeAnswer.Success.With("offset", offset) : new FakeAnswer(ResponseCode.QueryNotFound));
        _broker.On(RequestCode.UpdateConsumerOffset, request =>
        {
            _stored[(request["topic"], request["queueId"])] = request["commitOffset"];
            return FakeAnswer.Success;
        });
        _broker.On(RequestCode.GetMaxOffset, _ => FakeAnswer.Success.With("offset", _end));
        _broker.On(RequestCode.GetMinOffset, _ => FakeAnswer.Success.With("offset", 7));
        _broker.On(RequestCode.SearchOffsetByTimestamp, _ => FakeAnswer.Success.With("offset", 50));
        _harness = new RemotingHarness(_broker);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _harness.Routes.GetAsync("t", Cancellation);

    public async ValueTask DisposeAsync()
    {
        await _harness.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Theory]
    [InlineData(ConsumeFrom.Last, 100)]
    [InlineData(ConsumeFrom.First, 7)]
    [InlineData(ConsumeFrom.Timestamp, 50)]
    public async Task A_member_that_takes_a_queue_before_the_first_report_begins_where_the_first_one_did(ConsumeFrom from, long begin)
    {
        Assert.Equal(begin, await Of(from).GetAsync(Queue, Cancellation));
        _end = 150; // messages come, and the first member ends before it reports
        Assert.Equal(begin, await Of(from).GetAsync(Queue, Cancellation));
        Assert.Equal(begin.ToString(CultureInfo.InvariantCulture), _stored[("t", "3")]);
    }

    [Fact]
    public async Task An_offset_that_another_member_stores_meanwhile_stays()
    {
        _broker.On(RequestCode.GetMaxOffset, _ =>
        {
            _stored[("t", "3")] = "90";
            return FakeAnswer.Success.With("offset", 100);
        });
        Assert.Equal(90, await Of(ConsumeFrom.Last).GetAsync(Queue, Cancellation));
        Assert.Equal("90", _stored[("t", "3")]);
    }

    [Fact]
    public async Task A_queue_whose_begin_cannot_be_stored_is_not_begun()
    {
        _broker.On(RequestCode.UpdateConsumerOffset, _ => new FakeAnswer(ResponseCode.SystemBusy));
        await Assert.ThrowsAsync<RemotingException>(() => Of(ConsumeFrom.Last).GetAsync(Queue, Cancellation));
    }

    [Fact]
    public async Task A_broadcasting_consumer_stores_nothing()
    {
        Assert.Equal(100, await Of(ConsumeFrom.Last, ConsumeMode.Broadcasting).GetAsync(Queue, Cancellation));
        Assert.Empty(_stored);
    }

    private StartOffset Of(ConsumeFrom from, ConsumeMode mode = ConsumeMode.Clustering) => new(
        new RocketMQConsumerOptions { Group = "g", Topic = "t", From = from, FromTime = DateTimeOffset.UnixEpoch, Mode = mode },
        new GroupContext(_harness.Client, _harness.Routes, _harness.Options, TimeProvider.System, NullLogger.Instance));
}
