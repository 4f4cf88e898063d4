namespace Telematics.RocketMQ.Routing;

/// <summary>A broker and where its master and slaves are.</summary>
/// <param name="Cluster">The cluster that it belongs to.</param>
/// <param name="Name">The broker's name, the same for master and slaves.</param>
/// <param name="Addresses">Broker id → <c>host:port</c>; 0 is the master.</param>
internal sealed record BrokerRoute(string Cluster, string Name, IReadOnlyDictionary<long, string> Addresses)
{
    public const long MasterId = 0;

    /// <summary>The master's address; null while there is none.</summary>
    public string? Master => Addresses.GetValueOrDefault(MasterId);

    public bool Equals(BrokerRoute? other) =>
        other is not null && Cluster == other.Cluster && Name == other.Name && Addresses.Count == other.Addresses.Count
        && Addresses.All(pair => other.Addresses.TryGetValue(pair.Key, out var address) && address == pair.Value);

    public override int GetHashCode() => HashCode.Combine(Cluster, Name, Addresses.Count);
}
