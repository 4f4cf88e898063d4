using Telematics.Messaging;
using Telematics.RocketMQ.Routing;

namespace Telematics.RocketMQ.Groups;

/// <summary>The queues that a topic has by its route: what Java's clients divide.</summary>
internal static class RouteQueues
{
    /// <summary>All readable queues; null: the topic has no route (yet).</summary>
    /// <exception cref="Remoting.RemotingException">No name server answers, and the route was never known.</exception>
    public static async ValueTask<IReadOnlyList<MessageQueue>?> GetAsync(RouteTable routes, string topic, CancellationToken cancellationToken)
    {
        if (await routes.GetAsync(topic, cancellationToken) is not { } route)
        {
            return null;
        }

        // The place among all queues changes with the brokers that are there, and nobody needs it here: a queue stays the same.
        return [.. route.Queues.Where(queues => queues.Readable).SelectMany(queues => Enumerable.Range(0, queues.ReadQueues).Select(id => new MessageQueue(topic, queues.BrokerName, id, id)))];
    }
}
