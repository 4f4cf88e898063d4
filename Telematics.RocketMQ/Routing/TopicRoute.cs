namespace Telematics.RocketMQ.Routing;

/// <summary>Where a topic is, as a name server said; both lists are sorted by the broker's name (ordinal).</summary>
internal sealed record TopicRoute(string Topic, IReadOnlyList<BrokerRoute> Brokers, IReadOnlyList<TopicQueues> Queues)
{
    public bool Equals(TopicRoute? other) =>
        other is not null && Topic == other.Topic && Brokers.SequenceEqual(other.Brokers) && Queues.SequenceEqual(other.Queues);

    public override int GetHashCode() => HashCode.Combine(Topic, Brokers.Count, Queues.Count);
}
