using Telematics.Messaging;
using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ.Groups;

/// <summary>Where a group begins with a queue: at its offset in the broker, else by the consumer's rule.</summary>
internal sealed class StartOffset(RocketMQConsumerOptions options, GroupContext context)
{
    private readonly BrokerOffsets _offsets = new(options.Group, context);

    /// <exception cref="RemotingException">The broker does not tell.</exception>
    public async Task<long> GetAsync(MessageQueue queue, CancellationToken cancellationToken)
    {
        if (options.Mode == ConsumeMode.Clustering && await _offsets.GetAsync(queue, cancellationToken) is >= 0 and var offset)
        {
            return offset;
        }

        // What was put off is the group's own, whatever it skips of the topic.
        return queue.Topic == options.Topic ? await GetByRuleAsync(queue, options.From, cancellationToken) : 0;
    }

    public Task<long> GetByRuleAsync(MessageQueue queue, ConsumeFrom from, CancellationToken cancellationToken) => from switch
    {
        ConsumeFrom.First => AskAsync(queue, new RemotingRequest(RequestCode.GetMinOffset), cancellationToken),
        ConsumeFrom.Timestamp => AskAsync(queue, new RemotingRequest(RequestCode.SearchOffsetByTimestamp).Add("timestamp", options.FromTime.ToUnixTimeMilliseconds()), cancellationToken),
        _ => AskAsync(queue, new RemotingRequest(RequestCode.GetMaxOffset), cancellationToken),
    };

    private async Task<long> AskAsync(MessageQueue queue, RemotingRequest request, CancellationToken cancellationToken)
    {
        var master = context.Routes.FindAddress(queue.Broker) ?? throw new RemotingException(RemotingFault.CannotConnect, queue.Broker, $"the name servers know no address of this broker of topic '{queue.Topic}'");
        request.Add("topic", queue.Topic).Add("queueId", queue.QueueId);
        using var response = await context.Client.RequestAsync(master, request, context.Options.RequestTimeout, cancellationToken);
        return response.Code == ResponseCode.Success
            ? response.GetInt64("offset")
            : throw new RemotingException(RemotingFault.Malformed, master, $"where to begin with queue {queue} is not told: code {(int)response.Code}, {response.Remark}");
    }
}
