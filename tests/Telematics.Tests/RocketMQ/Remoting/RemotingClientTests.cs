using Telematics.RocketMQ;
using Telematics.RocketMQ.Remoting;
using Xunit;

namespace Telematics.Tests.RocketMQ.Remoting;

public sealed class RemotingClientTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_gets_its_answer_with_code_remark_fields_and_body()
    {
        await using var peer = new FakePeer().On(RequestCode.GetMaxOffset, request => (FakeAnswer.Success with { Remark = "réady", Body = [1, 2, 3] }).With("offset", request["queueId"] + "7"));
        await using var harness = new RemotingHarness(peer);
        using var response = await harness.Client.RequestAsync(peer.Address, MaxOffset(4), Timeout, Cancellation);
        Assert.Equal((ResponseCode.Success, "réady", 47), (response.Code, response.Remark, response.GetInt64("offset")));
        Assert.Equal([1, 2, 3], response.Body.ToArray());
        Assert.True(response.TryGetField("offset", out var text));
        Assert.Equal("47", text);
        Assert.False(response.TryGetField("msgId", out _));
        var fault = Assert.Throws<RemotingException>(() => response.GetInt64("msgId"));
        Assert.Equal((RemotingFault.Malformed, peer.Address), (fault.Fault, fault.Address));
        Assert.Contains("'msgId'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_come_in_any_order_on_one_connection()
    {
        await using var peer = new FakePeer();
        await using var harness = new RemotingHarness(peer);
        var answers = Enumerable.Range(0, 100).Select(i => harness.Client.RequestAsync(peer.Address, MaxOffset(i), Timeout, Cancellation).AsTask()).ToArray();
        var requests = new List<FakeRequest>();
        while (requests.Count < answers.Length)
        {
            requests.Add(await peer.NextAsync(Cancellation));
        }

        foreach (var request in requests.OrderByDescending(request => request.Opaque % 7))
        {
            await request.AnswerAsync(FakeAnswer.Success.With("offset", request["queueId"]));
        }

        for (var i = 0; i < answers.Length; i++)
        {
            using var response = await answers[i];
            Assert.Equal(i, response.GetInt64("offset"));
        }

        Assert.Equal(1, peer.ConnectionCount);
    }

    [Fact]
    public async Task What_is_sent_all_the_time_has_a_binary_header_and_the_rest_a_legible_one()
    {
        await using var peer = new FakePeer();
        await using var harness = new RemotingHarness(peer);
        foreach (var (code, binary) in new[] { (RequestCode.SendBatchMessage, true), (RequestCode.SendMessageV2, true), (RequestCode.PullMessage, true), (RequestCode.GetMaxOffset, false) })
        {
            var sent = new RemotingRequest(code) { Body = "böd"u8.ToArray() }.Add("topic", "tópic").Add("number", long.MinValue).Add("flag", true).Add("control", "a\u0001b\u0002").Add("empty", "");
            var answer = harness.Client.RequestAsync(peer.Address, sent, Timeout, Cancellation);
            var received = await peer.NextAsync(Cancellation);
            Assert.Equal((code, binary), (received.Request, received.IsBinary));
            Assert.Equal([("topic", "tópic"), ("number", "-9223372036854775808"), ("flag", "true"), ("control", "a\u0001b\u0002")], received.Fields.Where(field => field.Key != "empty").Select(field => (field.Key, field.Value)));
            Assert.Equal(!binary, received.Fields.ContainsKey("empty")); // a server would check the signature over "null" in its place
            Assert.Equal("böd"u8.ToArray(), received.Body);
            await received.AnswerAsync(FakeAnswer.Success);
            (await answer).Dispose();
        }
    }

    [Fact]
    public async Task Requests_are_signed_when_a_user_is_configured()
    {
        await using var peer = new FakePeer().On(RequestCode.GetMinOffset, _ => FakeAnswer.Success);
        await using var harness = new RemotingHarness(new RocketMQOptions { NameServers = peer.Address, AccessKey = "admin", SecretKey = "s3cret" });
        using var response = await harness.Client.RequestAsync(peer.Address, new RemotingRequest(RequestCode.GetMinOffset).Add("topic", "TBW102").Add("queueId", 0), Timeout, Cancellation);
        var received = Assert.Single(peer.Received);
        Assert.Equal(("admin", "ULOoc1TZUdffTI6k9KpVd39tzcM="), (received["AccessKey"], received["Signature"]));
    }

    [Fact]
    public async Task A_request_of_the_server_goes_to_its_taker_and_an_unknown_one_is_answered_with_code_3()
    {
        await using var peer = new FakePeer().On(RequestCode.GetMaxOffset, _ => FakeAnswer.Success);
        await using var harness = new RemotingHarness(peer);
        var taken = new TaskCompletionSource<(string Address, string Group)>(TaskCreationOptions.RunContinuationsAsynchronously);
        harness.Client.OnRequest(RequestCode.NotifyConsumerIdsChanged, (address, request) =>
        {
            Assert.True(request.TryGetField("consumerGroup", out var group));
            taken.TrySetResult((address, group));
        });
        (await harness.Client.RequestAsync(peer.Address, MaxOffset(0), Timeout, Cancellation)).Dispose();

        await peer.SendRequestAsync(40, 411_564_2, oneWay: true, new Dictionary<string, string> { ["consumerGroup"] = "g" });
        Assert.Equal((peer.Address, "g"), await taken.Task.WaitAsync(Timeout, Cancellation));

        await peer.SendRequestAsync(9999, 8, oneWay: true, new Dictionary<string, string>());
        await peer.SendRequestAsync(307, 9, oneWay: false, new Dictionary<string, string>());
        var answer = await peer.NextAsync(Cancellation);
        Assert.Equal((3, 9, 1), (answer.Code, answer.Opaque, answer.Flag));
    }

    [Fact]
    public async Task A_taker_that_throws_does_not_harm_the_connection()
    {
        await using var peer = new FakePeer().On(RequestCode.GetMaxOffset, _ => FakeAnswer.Success);
        await using var harness = new RemotingHarness(peer);
        harness.Client.OnRequest(RequestCode.NotifyConsumerIdsChanged, (_, _) => throw new InvalidOperationException("on purpose"));
        (await harness.Client.RequestAsync(peer.Address, MaxOffset(0), Timeout, Cancellation)).Dispose();
        await peer.SendRequestAsync(40, 1, oneWay: true, new Dictionary<string, string>());
        (await harness.Client.RequestAsync(peer.Address, MaxOffset(0), Timeout, Cancellation)).Dispose();
        Assert.Equal(1, peer.ConnectionCount);
    }

    [Fact]
    public async Task Cancellation_ends_the_wait_and_a_late_answer_meets_nobody_else()
    {
        await using var peer = new FakePeer();
        await using var harness = new RemotingHarness(peer);
        using var cancelled = new CancellationTokenSource();
        var given = harness.Client.RequestAsync(peer.Address, MaxOffset(1), Timeout, cancelled.Token);
        var first = await peer.NextAsync(Cancellation);
        await cancelled.CancelAsync();
        Assert.Equal(cancelled.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await given)).CancellationToken);

        var next = harness.Client.RequestAsync(peer.Address, MaxOffset(2), Timeout, Cancellation);
        var second = await peer.NextAsync(Cancellation);
        await first.AnswerAsync(FakeAnswer.Success.With("offset", 1));
        await second.AnswerAsync(FakeAnswer.Success.With("offset", 2));
        using var response = await next;
        Assert.Equal(2, response.GetInt64("offset"));
        Assert.Equal(1, peer.ConnectionCount);
    }

    [Fact]
    public async Task A_cancelled_token_sends_nothing()
    {
        await using var peer = new FakePeer();
        await using var harness = new RemotingHarness(peer);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await harness.Client.RequestAsync(peer.Address, MaxOffset(1), Timeout, new CancellationToken(true)));
        Assert.Equal(0, peer.ConnectionCount);
    }

    [Fact]
    public async Task Closing_the_client_ends_what_is_under_way_and_refuses_what_comes_after()
    {
        await using var peer = new FakePeer();
        var harness = new RemotingHarness(peer);
        var given = harness.Client.RequestAsync(peer.Address, MaxOffset(1), Timeout, Cancellation);
        await peer.NextAsync(Cancellation);
        await harness.DisposeAsync();
        Assert.Equal(RemotingFault.Closed, (await Assert.ThrowsAsync<RemotingException>(async () => await given)).Fault);
        Assert.Equal(RemotingFault.Closed, (await Assert.ThrowsAsync<RemotingException>(async () => await harness.Client.RequestAsync(peer.Address, MaxOffset(1), Timeout, Cancellation))).Fault);
        Assert.Equal(RemotingFault.Closed, (await Assert.ThrowsAsync<RemotingException>(async () => await harness.Client.RequestAsync("127.0.0.1:1", MaxOffset(1), Timeout, Cancellation))).Fault);
    }

    [Fact]
    public async Task Many_requests_from_many_threads_with_cancellations_get_their_own_answers()
    {
        await using var peer = new FakePeer().On(RequestCode.GetMaxOffset, request => FakeAnswer.Success.With("offset", request["queueId"]));
        await using var harness = new RemotingHarness(peer);
        var answered = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 20_000), new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Cancellation }, async (i, _) =>
        {
            using var cancellation = new CancellationTokenSource();
            var given = harness.Client.RequestAsync(peer.Address, MaxOffset(i), Timeout, cancellation.Token);
            if (i % 5 == 0)
            {
                await cancellation.CancelAsync();
            }

            try
            {
                using var response = await given;
                Assert.Equal(i, response.GetInt64("offset"));
                Interlocked.Increment(ref answered);
            }
            catch (OperationCanceledException) when (i % 5 == 0)
            {
            }
        });
        Assert.InRange(answered, 16_000, 20_000);
        Assert.Equal(1, peer.ConnectionCount);
    }

    [Fact]
    public async Task An_empty_value_is_left_out_of_a_binary_header_where_it_would_be_signed_as_another_text()
    {
        await using var peer = new FakePeer().On(RequestCode.SendBatchMessage, _ => FakeAnswer.Success);
        await using var harness = new RemotingHarness(peer);
        using var response = await harness.Client.RequestAsync(peer.Address, new RemotingRequest(RequestCode.SendBatchMessage).Add("a", "g").Add("i", "").Add("m", true), Timeout, Cancellation);
        Assert.Equal(["a", "m"], Assert.Single(peer.Received).Fields.Keys);
    }

    internal static RemotingRequest MaxOffset(int queueId) => new RemotingRequest(RequestCode.GetMaxOffset).Add("topic", "t").Add("queueId", queueId);
}
