namespace Telematics.Simulator;

/// <summary>What a fleet did from its start to its stop.</summary>
/// <param name="Counters">All counters.</param>
/// <param name="AckTimes">PUBACK times.</param>
/// <param name="Elapsed">From start to stop.</param>
public sealed record FleetSummary(FleetCounters Counters, AckPercentiles AckTimes, TimeSpan Elapsed)
{
    /// <summary>Whether every car was connected, something was sent, all of it was acknowledged, and no sample was given up.</summary>
    public bool IsComplete => Counters.EverConnected == Counters.Vehicles
        && Counters.Sent > 0
        && Counters.Acknowledged == Counters.Sent
        && Counters.SamplesGivenUp == 0;
}
