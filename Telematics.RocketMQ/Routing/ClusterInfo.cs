namespace Telematics.RocketMQ.Routing;

/// <summary>The brokers that are registered with a name server, sorted by name (ordinal).</summary>
internal sealed record ClusterInfo(IReadOnlyList<BrokerRoute> Brokers)
{
    public BrokerRoute? Find(string brokerName) => Brokers.FirstOrDefault(broker => broker.Name == brokerName);
}
