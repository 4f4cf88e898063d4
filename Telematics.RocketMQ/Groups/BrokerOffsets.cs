using Telematics.Messaging;
using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ.Groups;

/// <summary>A group's offsets in the brokers. They survive a killed broker but for the last 5 s, so whoever resumes from them meets repeats.</summary>
internal sealed class BrokerOffsets(string group, GroupContext context)
{
    /// <summary>The group's next offset of a queue; null: it never reported one.</summary>
    /// <exception cref="RemotingException">There is no answer, or another one than an offset.</exception>
    public async Task<long?> GetAsync(MessageQueue queue, CancellationToken cancellationToken)
    {
        // Without the last field a broker answers 0 for a group it does not know.
        var request = Request(RequestCode.QueryConsumerOffset, queue).Add("setZeroIfNotFound", false);
        var master = context.Routes.FindMaster(queue);
        using var response = await context.Client.RequestAsync(master, request, context.Options.RequestTimeout, cancellationToken);
        return response.Code switch
        {
            ResponseCode.Success => response.GetInt64("offset"),
            ResponseCode.QueryNotFound => null,
            _ => throw Unexpected(master, queue, response),
        };
    }

    /// <summary>Sets the group's next offset of a queue.</summary>
    /// <exception cref="RemotingException">It is not known whether it was set, or the broker refused.</exception>
    public async Task SetAsync(MessageQueue queue, long nextOffset, CancellationToken cancellationToken)
    {
        var master = context.Routes.FindMaster(queue);
        using var response = await context.Client.RequestAsync(master, Request(RequestCode.UpdateConsumerOffset, queue).Add("commitOffset", nextOffset), context.Options.RequestTimeout, cancellationToken);
        if (response.Code != ResponseCode.Success)
        {
            throw Unexpected(master, queue, response);
        }
    }

    private RemotingRequest Request(RequestCode code, MessageQueue queue) =>
        new RemotingRequest(code).Add("consumerGroup", group).Add("topic", queue.Topic).Add("queueId", queue.QueueId);

    private RemotingException Unexpected(string master, MessageQueue queue, RemotingResponse response) =>
        new(RemotingFault.Malformed, master, $"the offset of group '{group}' on queue {queue} is refused: code {(int)response.Code}, {response.Remark}");
}
