using Microsoft.Extensions.Time.Testing;
using Telematics.RocketMQ.Remoting;
using Xunit;

namespace Telematics.Tests.RocketMQ.Remoting;

public sealed class RemotingFaultTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lost_answer_is_given_up_at_the_deadline_and_not_before()
    {
        await using var peer = new FakePeer().On(RequestCode.GetMaxOffset, _ => null).On(RequestCode.GetMinOffset, _ => FakeAnswer.Success);
        await using var harness = new RemotingHarness(peer, _time);
        var given = AskAsync(harness, peer);
        (await harness.Client.RequestAsync(peer.Address, new(RequestCode.GetMinOffset), Timeout, Cancellation)).Dispose();
        _time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(given.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        var fault = await Assert.ThrowsAsync<RemotingException>(() => given);
        Assert.Equal((RemotingFault.TimedOut, peer.Address), (fault.Fault, fault.Address));
        Assert.Contains("GetMaxOffset", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_with_a_wrong_opaque_answers_nothing_and_the_connection_stays()
    {
        await using var peer = new FakePeer()
            .On(RequestCode.GetMaxOffset, _ => FakeAnswer.Success with { OpaqueShift = 1000 })
            .On(RequestCode.GetMinOffset, _ => FakeAnswer.Success);
        await using var harness = new RemotingHarness(peer, _time);
        var given = AskAsync(harness, peer);
        (await harness.Client.RequestAsync(peer.Address, new(RequestCode.GetMinOffset), Timeout, Cancellation)).Dispose();
        Assert.False(given.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));
        (await harness.Client.RequestAsync(peer.Address, new(RequestCode.GetMinOffset), Timeout, Cancellation)).Dispose();
        _time.Advance(TimeSpan.FromSeconds(1.2));
        Assert.Equal(RemotingFault.TimedOut, (await Assert.ThrowsAsync<RemotingException>(() => given)).Fault);
        (await harness.Client.RequestAsync(peer.Address, new(RequestCode.GetMinOffset), Timeout, Cancellation)).Dispose();
        Assert.Equal(1, peer.ConnectionCount);
    }

    [Fact]
    public async Task A_connection_that_stays_silent_until_a_deadline_is_dead_and_all_that_wait_on_it_learn_so()
    {
        await using var peer = new FakePeer().On(RequestCode.GetMaxOffset, _ => null).On(RequestCode.PullMessage, _ => null);
        await using var harness = new RemotingHarness(peer, _time);
        var lost = SignalAsync(harness.Client);
        var pull = harness.Client.RequestAsync(peer.Address, new(RequestCode.PullMessage), TimeSpan.FromSeconds(30), Cancellation).AsTask();
        var given = AskAsync(harness, peer);
        await UntilAsync(() => peer.Received.Count == 2);
        _time.Advance(TimeSpan.FromSeconds(3.2));
        Assert.Equal(RemotingFault.TimedOut, (await Assert.ThrowsAsync<RemotingException>(() => given)).Fault);
        Assert.Equal(RemotingFault.ConnectionLost, (await Assert.ThrowsAsync<RemotingException>(() => pull)).Fault);
        Assert.Equal(peer.Address, await lost);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public async Task A_frame_in_pieces_is_put_together(int pieceLength)
    {
        await using var peer = new FakePeer().On(RequestCode.GetMaxOffset, _ => (FakeAnswer.Success with { PieceLength = pieceLength, Body = new byte[100] }).With("offset", 7));
        await using var harness = new RemotingHarness(peer);
        using var response = await AskAsync(harness, peer);
        Assert.Equal((7, 100), (response.GetInt64("offset"), response.Body.Length));
    }

    [Fact]
    public async Task A_large_body_comes_whole()
    {
        var body = new byte[5_000_000];
        Random.Shared.NextBytes(body);
        await using var peer = new FakePeer().On(RequestCode.SendBatchMessage, request => FakeAnswer.Success with { Body = request.Body });
        await using var harness = new RemotingHarness(peer);
        using var response = await harness.Client.RequestAsync(peer.Address, new(RequestCode.SendBatchMessage) { Body = body }, TimeSpan.FromSeconds(30), Cancellation);
        Assert.True(response.Body.Span.SequenceEqual(body));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(30)]
    public async Task A_connection_closed_in_the_middle_of_an_answer_fails_all_that_wait_and_the_next_request_makes_a_new_one(int bytes)
    {
        await using var peer = new FakePeer()
            .On(RequestCode.GetMaxOffset, _ => FakeAnswer.Success with { CloseAfterBytes = bytes })
            .On(RequestCode.PullMessage, _ => null)
            .On(RequestCode.GetMinOffset, _ => FakeAnswer.Success);
        await using var harness = new RemotingHarness(peer);
        (await harness.Client.RequestAsync(peer.Address, new(RequestCode.GetMinOffset), Timeout, Cancellation)).Dispose();
        var lost = SignalAsync(harness.Client);
        var pull = harness.Client.RequestAsync(peer.Address, new(RequestCode.PullMessage), TimeSpan.FromSeconds(30), Cancellation).AsTask();
        var given = AskAsync(harness, peer);
        Assert.Equal(RemotingFault.ConnectionLost, (await Assert.ThrowsAsync<RemotingException>(() => given)).Fault);
        Assert.Equal(RemotingFault.ConnectionLost, (await Assert.ThrowsAsync<RemotingException>(() => pull)).Fault);
        Assert.Equal(peer.Address, await lost);
        (await harness.Client.RequestAsync(peer.Address, new(RequestCode.GetMinOffset), Timeout, Cancellation)).Dispose();
        Assert.Equal(2, peer.ConnectionCount);
    }

    [Fact]
    public async Task What_is_no_frame_ends_the_connection()
    {
        await using var peer = new FakePeer().On(RequestCode.GetMaxOffset, _ => null);
        await using var harness = new RemotingHarness(peer);
        var given = AskAsync(harness, peer);
        await UntilAsync(() => peer.Received.Count == 1);
        await peer.SendBytesAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
        var fault = await Assert.ThrowsAsync<RemotingException>(() => given);
        Assert.Equal(RemotingFault.ConnectionLost, fault.Fault);
        Assert.IsType<InvalidDataException>(fault.InnerException);
    }

    [Fact]
    public async Task Where_nobody_listens_requests_fail_at_once_and_it_is_tried_again_after_a_pause()
    {
        await using var peer = new FakePeer().On(RequestCode.GetMaxOffset, _ => FakeAnswer.Success);
        await using var harness = new RemotingHarness(peer, _time);
        peer.Stop();
        await CannotConnectAsync();
        peer.Restart();
        await CannotConnectAsync();
        Assert.Equal(0, peer.ConnectionCount);
        _time.Advance(TimeSpan.FromSeconds(1));
        (await AskAsync(harness, peer)).Dispose();

        async Task CannotConnectAsync()
        {
            var fault = await Assert.ThrowsAsync<RemotingException>(() => AskAsync(harness, peer));
            Assert.Equal((RemotingFault.CannotConnect, peer.Address), (fault.Fault, fault.Address));
        }
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData(":1")]
    public async Task An_address_that_is_none_is_named(string address)
    {
        await using var peer = new FakePeer();
        await using var harness = new RemotingHarness(peer);
        var fault = await Assert.ThrowsAsync<RemotingException>(async () => await harness.Client.RequestAsync(address, RemotingClientTests.MaxOffset(0), Timeout, Cancellation));
        Assert.Equal((RemotingFault.CannotConnect, $"{address}: '{address}' is no host:port."), (fault.Fault, fault.Message));
    }

    [Fact]
    public async Task After_go_away_the_next_request_uses_a_new_connection_and_the_old_one_ends_when_its_answers_are_there()
    {
        await using var peer = new FakePeer()
            .On(RequestCode.GetMaxOffset, request => request.ConnectionNumber == 1 ? new(ResponseCode.GoAway) : FakeAnswer.Success);
        await using var harness = new RemotingHarness(peer, _time);
        var pull = harness.Client.RequestAsync(peer.Address, new(RequestCode.PullMessage), TimeSpan.FromSeconds(30), Cancellation).AsTask();
        var held = await peer.NextAsync(Cancellation);
        using (var refused = await AskAsync(harness, peer))
        {
            Assert.Equal(ResponseCode.GoAway, refused.Code);
        }

        using (var answered = await AskAsync(harness, peer))
        {
            Assert.Equal(ResponseCode.Success, answered.Code);
        }

        Assert.Equal(2, peer.ConnectionCount);
        await held.AnswerAsync(new(ResponseCode.PullNotFound));
        using var pulled = await pull;
        Assert.Equal(ResponseCode.PullNotFound, pulled.Code);
    }

    [Fact]
    public async Task A_connection_without_traffic_is_closed_before_the_server_does_so()
    {
        await using var peer = new FakePeer().On(RequestCode.GetMaxOffset, _ => FakeAnswer.Success);
        await using var harness = new RemotingHarness(peer, _time);
        harness.Client.ConnectionLost += _ => Assert.Fail("It was not lost.");
        (await AskAsync(harness, peer)).Dispose();
        _time.Advance(TimeSpan.FromSeconds(90));
        (await AskAsync(harness, peer)).Dispose();
        _time.Advance(TimeSpan.FromSeconds(90));
        (await AskAsync(harness, peer)).Dispose();
        Assert.Equal(1, peer.ConnectionCount);
        _time.Advance(TimeSpan.FromSeconds(101));
        (await AskAsync(harness, peer)).Dispose();
        Assert.Equal(2, peer.ConnectionCount);
    }

    [Fact]
    public async Task A_held_pull_keeps_a_connection_without_traffic()
    {
        await using var peer = new FakePeer();
        await using var harness = new RemotingHarness(peer, _time);
        var pull = harness.Client.RequestAsync(peer.Address, new(RequestCode.PullMessage), TimeSpan.FromMinutes(5), Cancellation).AsTask();
        var held = await peer.NextAsync(Cancellation);
        _time.Advance(TimeSpan.FromMinutes(3));
        await held.AnswerAsync(FakeAnswer.Success);
        (await pull).Dispose();
    }

    [Fact]
    public async Task A_header_with_text_that_is_none_ends_the_connection_instead_of_silencing_it()
    {
        await using var peer = new FakePeer().On(RequestCode.GetMaxOffset, _ => null);
        await using var harness = new RemotingHarness(peer);
        var given = harness.Client.RequestAsync(peer.Address, RemotingClientTests.MaxOffset(0), TimeSpan.FromMinutes(5), Cancellation).AsTask();
        await UntilAsync(() => peer.Received.Count == 1);
        var header = """{"code":0,"opaque":1,"flag":1,"remark":"\ud800"}"""u8.ToArray();
        await peer.SendBytesAsync([0, 0, 0, (byte)(4 + header.Length), 0, 0, 0, (byte)header.Length, .. header]);
        var fault = await Assert.ThrowsAsync<RemotingException>(() => given.WaitAsync(TimeSpan.FromSeconds(10), Cancellation));
        Assert.Equal(RemotingFault.ConnectionLost, fault.Fault);
    }

    [Fact]
    public async Task A_connection_on_which_a_request_could_not_even_be_sent_in_its_time_is_given_up_with_what_is_queued_there()
    {
        using var reads = new ManualResetEventSlim();
        await using var peer = new FakePeer().On(RequestCode.GetMinOffset, _ =>
        {
            reads.Wait();
            return null;
        });
        await using var harness = new RemotingHarness(peer, _time);
        var noticed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        harness.Client.OnRequest(RequestCode.NotifyConsumerIdsChanged, (_, _) => noticed.TrySetResult());
        var lost = SignalAsync(harness.Client);
        try
        {
            // The peer reads no further, so that these fill what the system keeps for a connection.
            _ = await Task.WhenAny(harness.Client.RequestAsync(peer.Address, new(RequestCode.GetMinOffset), TimeSpan.FromMinutes(1), Cancellation).AsTask(), UntilAsync(() => peer.Received.Count == 1));
            var sends = Enumerable.Range(0, 4).Select(_ => harness.Client.RequestAsync(peer.Address, new(RequestCode.SendBatchMessage) { Body = new byte[15_000_000] }, Timeout, Cancellation).AsTask()).ToArray();
            _time.Advance(TimeSpan.FromSeconds(1));
            await peer.SendRequestAsync(40, 1, oneWay: true, new Dictionary<string, string>());
            await noticed.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
            _time.Advance(TimeSpan.FromSeconds(2.2));
            foreach (var send in sends)
            {
                Assert.Equal(RemotingFault.TimedOut, (await Assert.ThrowsAsync<RemotingException>(() => send)).Fault);
            }

            Assert.Equal(peer.Address, await lost.WaitAsync(TimeSpan.FromSeconds(5), Cancellation));
        }
        finally
        {
            reads.Set();
        }
    }

    [Fact]
    public async Task A_connection_on_which_a_large_answer_is_just_coming_is_not_dead()
    {
        await using var peer = new FakePeer().On(RequestCode.GetMaxOffset, _ => null);
        await using var harness = new RemotingHarness(peer, _time);
        var pull = harness.Client.RequestAsync(peer.Address, new(RequestCode.PullMessage), TimeSpan.FromSeconds(30), Cancellation).AsTask();
        var opaque = (await peer.NextAsync(Cancellation)).Opaque;
        var answer = FakeConnection.Encode(0, opaque, 1, null, new Dictionary<string, string>(), new byte[100_000]);
        var given = AskAsync(harness, peer);
        await UntilAsync(() => peer.Received.Count == 2);
        _time.Advance(TimeSpan.FromSeconds(2));
        await peer.SendBytesAsync(answer[..50_000]);
        await Task.Delay(200, Cancellation); // nobody says that a part has come
        _time.Advance(TimeSpan.FromSeconds(1.2));
        Assert.Equal(RemotingFault.TimedOut, (await Assert.ThrowsAsync<RemotingException>(() => given)).Fault);
        await peer.SendBytesAsync(answer[50_000..]);
        using var pulled = await pull;
        Assert.Equal(100_000, pulled.Body.Length);
    }

    private static Task<RemotingResponse> AskAsync(RemotingHarness harness, FakePeer peer) =>
        harness.Client.RequestAsync(peer.Address, RemotingClientTests.MaxOffset(0), Timeout, Cancellation).AsTask();

    private static Task<string> SignalAsync(RemotingClient client)
    {
        var lost = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        client.ConnectionLost += address => lost.TrySetResult(address);
        return lost.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
    }

    private static async Task UntilAsync(Func<bool> reached)
    {
        for (var i = 0; !reached(); i++)
        {
            Assert.InRange(i, 0, 3000);
            await Task.Delay(10, Cancellation);
        }
    }
}
