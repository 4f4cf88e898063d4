using System.Diagnostics.Metrics;
using System.IO.Compression;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Telematics.Messaging;
using Telematics.RocketMQ;
using Telematics.RocketMQ.Producing;
using Telematics.RocketMQ.Remoting;
using Xunit;

namespace Telematics.Tests.RocketMQ.Producing;

public sealed class RocketMQSenderTests : IAsyncDisposable
{
    private readonly FakePeer _a = new();
    private readonly FakePeer _b = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly RocketMQSender _sender;

    public RocketMQSenderTests()
    {
        _a.ServeRoute("t", 4, ("broker-a", _a.Address), ("broker-b", _b.Address));
        _sender = new RocketMQSender(
            new RocketMQOptions { NameServers = _a.Address, RequestTimeout = TimeSpan.FromSeconds(0.5) },
            NullLoggerFactory.Instance,
            _services.GetRequiredService<IMeterFactory>(),
            TimeProvider.System);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_goes_out_with_its_properties_and_comes_back_with_its_place()
    {
        Serve(_ => Stored(7), _ => Stored(7));
        var deliverAt = DateTimeOffset.UtcNow.AddSeconds(5);
        var result = await _sender.SendAsync(
            new RocketMQMessage
            {
                Topic = "t",
                Body = "hello"u8.ToArray(),
                Tag = "tag",
                Keys = ["k1", "k2"],
                Properties = new Dictionary<string, string> { ["colour"] = "red" },
                ShardingKey = "car-1",
                DeliverAt = deliverAt,
            },
            Cancellation);
        var request = Assert.Single(Sends());
        var properties = $"colour\u0001red\u0002TAGS\u0001tag\u0002KEYS\u0001k1 k2\u0002__SHARDINGKEY\u0001car-1\u0002TIMER_DELIVER_MS\u0001{deliverAt.ToUnixTimeMilliseconds()}\u0002UNIQ_KEY\u0001{result.MessageId}\u0002";
        Assert.Equal(("t", "false", "0", properties), (request["b"], request["m"], request["f"], request["i"]));
        Assert.Equal("hello"u8.ToArray(), request.Body);
        Assert.Equal(32, result.MessageId.Length);
        Assert.Equal(("7F0000010000", 7), (result.OffsetMessageId, result.Offset));
        Assert.Equal(QueueSelector.Select("car-1"u8, 8), result.Queue.Index);
        Assert.Equal(request["e"], $"{result.Queue.QueueId}");
    }

    [Fact]
    public async Task Messages_without_a_sharding_key_go_round_the_queues()
    {
        Serve(_ => Stored(0), _ => Stored(0));
        var queues = new HashSet<MessageQueue>();
        for (var i = 0; i < 8; i++)
        {
            queues.Add((await _sender.SendAsync(Message(), Cancellation)).Queue);
        }

        Assert.Equal(8, queues.Count);
    }

    [Fact]
    public async Task A_broker_that_does_not_answer_is_left_for_another_and_the_id_stays()
    {
        Serve(_ => null, _ => Stored(3));
        for (var i = 0; i < 8; i++)
        {
            Assert.Equal("broker-b", (await _sender.SendAsync(Message(), Cancellation)).Queue.Broker);
        }

        var ids = Sends().Select(send => send["i"]).ToArray();
        Assert.Equal(8, ids.Distinct().Count());
        Assert.InRange(ids.Length, 9, 16);
    }

    [Fact]
    public async Task With_a_sharding_key_it_is_the_same_queue_again()
    {
        Serve(_ => new FakeAnswer(ResponseCode.SystemBusy), _ => new FakeAnswer(ResponseCode.SystemBusy));
        var fault = await Assert.ThrowsAsync<RocketMQSendException>(() => _sender.SendAsync(Message() with { ShardingKey = "k" }, Cancellation));
        Assert.False(fault.MayBeStored);
        Assert.Contains("3 attempts", fault.Message, StringComparison.Ordinal);
        Assert.Equal(3, Sends().Length);
        Assert.Single(Sends().Select(send => send["e"]).Distinct());
    }

    [Fact]
    public async Task A_copy_that_only_the_master_has_is_no_success()
    {
        Serve(_ => new FakeAnswer(ResponseCode.FlushSlaveTimeout), _ => new FakeAnswer(ResponseCode.SlaveNotAvailable));
        Assert.True((await Assert.ThrowsAsync<RocketMQSendException>(() => _sender.SendAsync(Message(), Cancellation))).MayBeStored);
    }

    [Fact]
    public async Task A_failure_within_the_broker_leaves_open_whether_it_is_stored()
    {
        Serve(_ => new FakeAnswer((ResponseCode)1) { Remark = "exception" }, _ => new FakeAnswer((ResponseCode)1) { Remark = "exception" });
        Assert.True((await Assert.ThrowsAsync<RocketMQSendException>(() => _sender.SendAsync(Message(), Cancellation))).MayBeStored);
    }

    [Fact]
    public async Task A_refusal_is_not_tried_again()
    {
        Serve(_ => new FakeAnswer(ResponseCode.MessageIllegal) { Remark = "too far ahead" }, _ => new FakeAnswer(ResponseCode.MessageIllegal) { Remark = "too far ahead" });
        Assert.Contains("too far ahead", (await Assert.ThrowsAsync<RocketMQSendException>(() => _sender.SendAsync(Message(), Cancellation))).Message, StringComparison.Ordinal);
        Assert.Single(Sends());
    }

    [Fact]
    public async Task A_large_body_is_compressed_and_marked()
    {
        Serve(_ => Stored(0), _ => Stored(0));
        var body = new byte[5000];
        await _sender.SendAsync(Message() with { Body = body }, Cancellation);
        var request = Assert.Single(Sends());
        Assert.Equal("769", request["f"]);
        using var inflated = new MemoryStream();
        await using (var zlib = new ZLibStream(new MemoryStream(request.Body), CompressionMode.Decompress))
        {
            await zlib.CopyToAsync(inflated, Cancellation);
        }

        Assert.Equal(body, inflated.ToArray());
    }

    [Fact]
    public async Task An_unknown_topic_is_an_error_with_the_command_that_makes_it() =>
        Assert.Contains("mqadmin updateTopic", (await Assert.ThrowsAsync<RocketMQSendException>(() => _sender.SendAsync(Message() with { Topic = "unknown" }, Cancellation))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task What_RocketMQ_would_misunderstand_is_refused_before_it_is_sent()
    {
        _a.ServeRoute("broker-a", 4, ("broker-a", _a.Address));
        RocketMQMessage[] bad =
        [
            Message() with { Topic = "rmq_sys_wheel_timer" },
            Message() with { Topic = "a b" },
            Message() with { Topic = "broker-a" },
            Message() with { Body = default },
            Message() with { Tag = "a||b" },
            Message() with { Keys = ["a b"] },
            Message() with { Keys = [""] },
            Message() with { Keys = ["a\u0002DELAY\u00011"] },
            Message() with { ShardingKey = "\u0001" },
            Message() with { Properties = new Dictionary<string, string> { ["DELAY"] = "1" } },
            Message() with { Properties = new Dictionary<string, string> { ["a"] = "\u0002" } },
            Message() with { Properties = new Dictionary<string, string> { ["a"] = new('x', 32_600) } },
            Message() with { DelayLevel = 0 },
            Message() with { DelayLevel = 1, DeliverAt = DateTimeOffset.UtcNow },
        ];
        foreach (var message in bad)
        {
            await Assert.ThrowsAsync<ArgumentException>(() => _sender.SendAsync(message, Cancellation));
        }

        Assert.Empty(Sends());
    }

    public async ValueTask DisposeAsync()
    {
        await _sender.DisposeAsync();
        await _services.DisposeAsync();
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    private static RocketMQMessage Message() => new() { Topic = "t", Body = "x"u8.ToArray() };

    private static FakeAnswer Stored(long offset) => FakeAnswer.Success.With("queueId", 0).With("queueOffset", offset).With("msgId", "7F0000010000");

    private void Serve(Func<FakeRequest, FakeAnswer?> a, Func<FakeRequest, FakeAnswer?> b)
    {
        _a.On(RequestCode.SendMessageV2, a);
        _b.On(RequestCode.SendMessageV2, b);
    }

    private FakeRequest[] Sends() => [.. _a.Received.Concat(_b.Received).Where(request => request.Request == RequestCode.SendMessageV2)];
}
