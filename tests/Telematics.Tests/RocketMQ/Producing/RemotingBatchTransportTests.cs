using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Telematics.Messaging;
using Telematics.Messaging.Staging;
using Telematics.RocketMQ;
using Telematics.RocketMQ.Producing;
using Telematics.RocketMQ.Remoting;
using Telematics.Tests.Messaging;
using Xunit;

namespace Telematics.Tests.RocketMQ.Producing;

/// <summary>The producer on the real wire, with a broker in this process that misbehaves on demand.</summary>
public sealed class RemotingBatchTransportTests : IAsyncDisposable
{
    private readonly FakePeer _peer = new();
    private readonly RecordingSink _sink = new();
    private RemotingHarness? _harness;
    private RocketMQProducer? _producer;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_batch_has_the_header_that_RocketMQ_wants()
    {
        _peer.On(RequestCode.SendBatchMessage, _ => Stored(17));
        await OpenAsync();
        Append("x");
        Assert.Equal((AppendStatus.Stored, 17), Plain(await _sink.WaitAsync(1, Cancellation)));
        var request = Assert.Single(_peer.Received, request => request.Request == RequestCode.SendBatchMessage);
        Assert.Equal(("t", "3", "0", "true"), (request["b"], request["e"], request["f"], request["m"]));
        Assert.True(!request.Fields.TryGetValue("i", out var properties) || properties.Length == 0); // anything there stops the broker's timer
        Assert.InRange(DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(request["g"], null)), DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow);
        Assert.Equal(["x"], SentBatch.Members(request.Body).Select(member => member.Text));
    }

    [Fact]
    public async Task A_lost_answer_is_asked_for_again_with_the_same_bytes_and_gives_one_outcome()
    {
        var requests = 0;
        _peer.On(RequestCode.SendBatchMessage, _ => Interlocked.Increment(ref requests) == 1 ? null : Stored(5));
        await OpenAsync();
        Append("x");
        Assert.Equal((AppendStatus.Stored, 5), Plain(await _sink.WaitAsync(1, Cancellation)));
        AssertSentAgain(2);
    }

    [Fact]
    public async Task A_connection_that_breaks_before_the_answer_is_opened_again()
    {
        var requests = 0;
        _peer.On(RequestCode.SendBatchMessage, _ => Interlocked.Increment(ref requests) == 1 ? Stored(5) with { CloseAfterBytes = 10 } : Stored(6));
        await OpenAsync();
        Append("x");
        Assert.Equal((AppendStatus.Stored, 6), Plain(await _sink.WaitAsync(1, Cancellation)));
        AssertSentAgain(2);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(14)]
    [InlineData(17)]
    [InlineData(1500)]
    public async Task An_answer_that_is_not_good_yet_withholds_the_outcome(int code)
    {
        var requests = 0;
        _peer.On(RequestCode.SendBatchMessage, _ => Interlocked.Increment(ref requests) == 1 ? Stored(4) with { Code = (ResponseCode)code, Remark = "not yet" } : Stored(9));
        await OpenAsync();
        Append("x");
        Assert.Equal((AppendStatus.Stored, 9), Plain(await _sink.WaitAsync(1, Cancellation)));
        AssertSentAgain(2);
    }

    [Theory]
    [InlineData(13)]
    [InlineData(16)]
    [InlineData(29)]
    public async Task A_refusal_is_final(int code)
    {
        _peer.On(RequestCode.SendBatchMessage, _ => new FakeAnswer((ResponseCode)code) { Remark = "never" });
        await OpenAsync();
        Append("x");
        Assert.Equal((AppendStatus.Refused, -1), Plain(await _sink.WaitAsync(1, Cancellation)));
        AssertSentAgain(1);
    }

    [Fact]
    public async Task A_broker_that_is_away_gets_the_batch_when_it_is_back()
    {
        await OpenAsync();
        await _harness!.Routes.GetAsync("t", Cancellation);
        _peer.Stop();
        Append("x");
        await Task.Delay(200, Cancellation);
        Assert.Empty(_sink.Outcomes);
        _peer.On(RequestCode.SendBatchMessage, _ => Stored(1));
        _peer.Restart();
        Assert.Equal((AppendStatus.Stored, 1), Plain(await _sink.WaitAsync(1, Cancellation)));
    }

    [Fact]
    public async Task After_an_answer_that_did_not_come_the_broker_is_looked_for_where_it_is_now()
    {
        await using var moved = new FakePeer().On(RequestCode.SendBatchMessage, _ => Stored(2));
        _peer.On(RequestCode.SendBatchMessage, _ => null);
        await OpenAsync();
        _peer.ServeRoute("t", 4, ("broker-a", moved.Address));
        Append("x");
        Assert.Equal((AppendStatus.Stored, 2), Plain(await _sink.WaitAsync(1, Cancellation)));
        Assert.Single(_peer.Received, request => request.Request == RequestCode.SendBatchMessage);
    }

    [Fact]
    public async Task A_broker_without_a_master_in_the_route_is_asked_for_until_it_is_there()
    {
        await using var broker = new FakePeer().On(RequestCode.SendBatchMessage, _ => Stored(2));
        _peer.ServeRoute("t", 4, ("broker-a", null));
        await OpenAsync(("broker-a", null));
        Append("x");
        await Task.Delay(300, Cancellation);
        Assert.Empty(_sink.Outcomes);
        _peer.ServeRoute("t", 4, ("broker-a", broker.Address));
        Assert.Equal((AppendStatus.Stored, 2), Plain(await _sink.WaitAsync(1, Cancellation)));
    }

    public async ValueTask DisposeAsync()
    {
        if (_producer is not null)
        {
            await _producer.CloseAsync();
            await _harness!.DisposeAsync();
        }

        await _peer.DisposeAsync();
    }

    private static FakeAnswer Stored(long offset) => FakeAnswer.Success.With("queueId", 3).With("queueOffset", offset).With("msgId", "7F00000100002A9F00000001F5E18F2E");

    private static (AppendStatus Status, long Offset) Plain(AppendOutcome[] outcomes) => (Assert.Single(outcomes).Status, outcomes[0].Offset);

    private async Task OpenAsync(params (string Broker, string? Address)[] brokers)
    {
        _peer.ServeRoute("t", 4, brokers.Length == 0 ? [("broker-a", _peer.Address)] : brokers);
        var options = new RocketMQOptions { NameServers = _peer.Address, RequestTimeout = TimeSpan.FromSeconds(0.5), MaxLinger = TimeSpan.Zero };
        _harness = new RemotingHarness(options);
        await _harness.Routes.GetAsync("t", Cancellation);
        _producer = new RocketMQProducer(
            "t",
            [new MessageQueue("t", "broker-a", 3, 0)],
            new ProducingContext(
                options,
                TimeProvider.System,
                NullLogger.Instance,
                new ProducingMetrics(_harness.MeterFactory),
                new OutcomeDelivery(NullLogger.Instance),
                queue => new RemotingBatchTransport(queue, _harness.Client, _harness.Routes, options.RequestTimeout)));
    }

    private void Append(string text) =>
        Assert.Equal(AppendAdmission.Taken, _producer!.Append(new OutgoingMessage { Key = "k"u8, Body = Encoding.UTF8.GetBytes(text) }, _sink, default));

    private void AssertSentAgain(int times)
    {
        var bodies = _peer.Received.Where(request => request.Request == RequestCode.SendBatchMessage).Select(request => Convert.ToHexString(request.Body)).ToArray();
        Assert.Equal(times, bodies.Length);
        Assert.Single(bodies.Distinct());
    }
}
