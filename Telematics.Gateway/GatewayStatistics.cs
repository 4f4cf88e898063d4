namespace Telematics.Gateway;

/// <summary>Counts of the gateway for a progress line; may be read at any time from any thread.</summary>
public sealed class GatewayStatistics
{
    private readonly GatewayMetrics _metrics;

    internal GatewayStatistics(GatewayMetrics metrics) => _metrics = metrics;

    /// <summary>Clients that have their CONNACK.</summary>
    public long Connections => _metrics.Sum(static counters => counters.Connections);

    /// <summary>Those of them that count as cars.</summary>
    public long ConnectedVehicles => _metrics.Sum(static counters => counters.ConnectedVehicles);

    /// <summary>Messages taken from clients into the log since the start.</summary>
    public long MessagesIn => _metrics.Sum(static counters => counters.MessagesIn);

    /// <summary>Messages written to clients since the start.</summary>
    public long MessagesOut => _metrics.Sum(static counters => counters.MessagesOut);
}
