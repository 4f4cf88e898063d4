using Telematics.Messaging;
using Telematics.RocketMQ.Remoting;
using Telematics.RocketMQ.Routing;

namespace Telematics.RocketMQ.Reading;

/// <summary>What the master of a queue's broker says of its offsets.</summary>
/// <remarks>Every method throws <see cref="RemotingException"/> when it does not answer, or not with an offset.</remarks>
internal sealed class QueueOffsets(RemotingClient client, RouteTable routes, RocketMQOptions options)
{
    /// <summary>The first offset that is there.</summary>
    public Task<long> GetMinAsync(MessageQueue queue, CancellationToken cancellationToken) =>
        AskAsync(new RemotingRequest(RequestCode.GetMinOffset), queue, cancellationToken);

    /// <summary>The offset behind the last message that can be pulled.</summary>
    public Task<long> GetMaxAsync(MessageQueue queue, CancellationToken cancellationToken) =>
        AskAsync(new RemotingRequest(RequestCode.GetMaxOffset), queue, cancellationToken);

    /// <summary>The first message stored at a time or later.</summary>
    public Task<long> SearchAsync(MessageQueue queue, DateTimeOffset time, CancellationToken cancellationToken) =>
        AskAsync(new RemotingRequest(RequestCode.SearchOffsetByTimestamp).Add("timestamp", time.ToUnixTimeMilliseconds()), queue, cancellationToken);

    private async Task<long> AskAsync(RemotingRequest request, MessageQueue queue, CancellationToken cancellationToken)
    {
        var master = routes.FindMaster(queue);
        request.Add("topic", queue.Topic).Add("queueId", queue.QueueId);
        using var response = await client.RequestAsync(master, request, options.RequestTimeout, cancellationToken);
        return response.Code == ResponseCode.Success
            ? response.GetInt64("offset")
            : throw new RemotingException(RemotingFault.Malformed, master, $"{request.Code} of queue {queue} is not told: code {(int)response.Code} ({response.Code}), {response.Remark}");
    }
}
