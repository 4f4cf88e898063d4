using Telematics.Messaging;

namespace Telematics.RocketMQ.Administration;

/// <summary>How many queues a topic has on each broker, in the brokers' lasting order.</summary>
internal sealed record QueueLayout(IReadOnlyList<QueueLayout.Part> Parts)
{
    /// <summary>A topic of so many queues in all, spread evenly and the first brokers one more; null: so many on each broker.</summary>
    public static QueueLayout Of(int? queues, IReadOnlyList<string> brokers, int queuesPerBroker) => new(
        [.. brokers
            .Select((broker, index) => new Part(broker, queues is { } total ? (total / brokers.Count) + (index < total % brokers.Count ? 1 : 0) : queuesPerBroker))
            .Where(part => part.Queues > 0)]);

    /// <summary>The queues in their lasting order.</summary>
    public IReadOnlyList<MessageQueue> QueuesOf(string topic)
    {
        var queues = new List<MessageQueue>();
        foreach (var part in Parts)
        {
            for (var id = 0; id < part.Queues; id++)
            {
                queues.Add(new(topic, part.Broker, id, queues.Count));
            }
        }

        return queues;
    }

    /// <summary>Queues 0 to <paramref name="Queues"/> - 1 of a broker.</summary>
    internal sealed record Part(string Broker, int Queues);
}
