namespace Telematics.Benchmarks.RocketMQ;

/// <summary>One load, the same for our client and for Java's.</summary>
/// <param name="NameServer">host:port.</param>
/// <param name="BrokerPid">The broker's process, for its CPU.</param>
/// <param name="Topic">An existing topic with at least <paramref name="Queues"/> queues on one broker.</param>
/// <param name="Producers">Producers with connections of their own, as so many gateways.</param>
/// <param name="Queues">Queues that each producer sends to.</param>
/// <param name="Rate">Messages a second in all; 0: as many as go.</param>
/// <param name="BodyLength">Bytes.</param>
/// <param name="WarmUp">Before anything is counted.</param>
/// <param name="Duration">What is counted.</param>
internal sealed record ProduceSettings(string NameServer, int? BrokerPid, string Topic, int Producers, int Queues, int Rate, int BodyLength, TimeSpan WarmUp, TimeSpan Duration)
{
    /// <summary>Different keys, vehicles in real life.</summary>
    public const int Keys = 1000;
}
