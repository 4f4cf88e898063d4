using Telematics.RocketMQ.Remoting;
using Xunit;

namespace Telematics.Tests.RocketMQ.Remoting;

public sealed class RemotingClientTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

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
        Assert.Equal(RemotingFault.Malformed, Assert.Throws<RemotingException>(() => response.GetInt64("msgId")).Fault);
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

    internal static RemotingRequest MaxOffset(int queueId) => new RemotingRequest(RequestCode.GetMaxOffset).Add("topic", "t").Add("queueId", queueId);
}
