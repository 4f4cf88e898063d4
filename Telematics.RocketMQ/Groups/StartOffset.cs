using Telematics.Messaging;
using Telematics.RocketMQ.Reading;
using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ.Groups;

/// <summary>Where a group begins with a queue: at its offset in the broker, else by the consumer's rule.</summary>
internal sealed class StartOffset(RocketMQConsumerOptions options, GroupContext context)
{
    private readonly BrokerOffsets _offsets = new(options.Group, context);
    private readonly QueueOffsets _queues = new(context.Client, context.Routes, context.Options);

    /// <summary>The group's next offset. Where it had none, the one begun at is in the broker when this ends, so that another member that gets the queue before the first report loses nothing.</summary>
    /// <exception cref="RemotingException">The broker does not tell, or does not take it.</exception>
    public async Task<long> GetAsync(MessageQueue queue, CancellationToken cancellationToken)
    {
        if (options.Mode != ConsumeMode.Clustering)
        {
            return await GetByRuleAsync(queue, options.From, cancellationToken);
        }

        if (await _offsets.GetAsync(queue, cancellationToken) is >= 0 and var offset)
        {
            return offset;
        }

        // What was put off is the group's own, whatever it skips of the topic.
        var first = queue.Topic == options.Topic ? await GetByRuleAsync(queue, options.From, cancellationToken) : 0;

        // Two members may hold a queue for a moment, and the other one may have begun meanwhile.
        if (await _offsets.GetAsync(queue, cancellationToken) is >= 0 and var others)
        {
            return others;
        }

        await _offsets.SetAsync(queue, first, cancellationToken);
        return first;
    }

    public Task<long> GetByRuleAsync(MessageQueue queue, ConsumeFrom from, CancellationToken cancellationToken) => from switch
    {
        ConsumeFrom.First => _queues.GetMinAsync(queue, cancellationToken),
        ConsumeFrom.Timestamp => _queues.SearchAsync(queue, options.FromTime, cancellationToken),
        _ => _queues.GetMaxAsync(queue, cancellationToken),
    };
}
