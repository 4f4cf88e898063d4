using Telematics.Messaging;
using Telematics.RocketMQ.Reading;
using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ.Groups;

/// <summary>Where a group begins with a queue: at its offset in the broker, else by the consumer's rule.</summary>
internal sealed class StartOffset(RocketMQConsumerOptions options, GroupContext context)
{
    private readonly BrokerOffsets _offsets = new(options.Group, context);
    private readonly QueueOffsets _queues = new(context.Client, context.Routes, context.Options);

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
        ConsumeFrom.First => _queues.GetMinAsync(queue, cancellationToken),
        ConsumeFrom.Timestamp => _queues.SearchAsync(queue, options.FromTime, cancellationToken),
        _ => _queues.GetMaxAsync(queue, cancellationToken),
    };
}
