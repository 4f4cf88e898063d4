using System.Collections.Concurrent;
using Telematics.Messaging;

namespace Telematics.RocketMQ.Groups;

/// <summary>The queues of one topic that a consumer works on at the moment.</summary>
internal sealed class QueueConsumers(TagFilter tags, ConsumerContext context, StartOffset start, Action<MessageQueue, long> report) : IAssignmentListener
{
    private readonly ConcurrentDictionary<MessageQueue, QueueConsumer> _consumers = new();

    public void OnAssigned(MessageQueue queue)
    {
        var consumer = new QueueConsumer(queue, tags, context, start, report);
        if (_consumers.TryAdd(queue, consumer))
        {
            consumer.Start();
        }
    }

    public async ValueTask OnRevokedAsync(MessageQueue queue)
    {
        if (_consumers.TryRemove(queue, out var consumer))
        {
            await consumer.DisposeAsync();
        }
    }

    public bool Contains(MessageQueue queue) => _consumers.ContainsKey(queue);

    public Task StopAsync() => Task.WhenAll(_consumers.Keys.Select(queue => OnRevokedAsync(queue).AsTask()));
}
