using Telematics.Simulator.Scenarios;

namespace Telematics.Simulator;

/// <summary>What a fleet did from its start to its stop.</summary>
/// <param name="Counters">All counters.</param>
/// <param name="AckTimes">PUBACK times.</param>
/// <param name="Elapsed">From start to stop.</param>
/// <param name="MissingAtStop">Cars that were neither connected nor taken off the network by the scenario when the stop began.</param>
/// <param name="Scenario">What happened beside driving.</param>
public sealed record FleetSummary(FleetCounters Counters, AckPercentiles AckTimes, TimeSpan Elapsed, long MissingAtStop, ScenarioKind Scenario)
{
    /// <summary>Whether every car did what it should.</summary>
    public bool IsComplete => !FindFaults().Any();

    /// <summary>What cars did not do, one text each; empty when all is well.</summary>
    public IEnumerable<string> FindFaults()
    {
        if (Counters.EverConnected < Counters.Vehicles)
        {
            yield return $"{Counters.Vehicles - Counters.EverConnected} cars were never connected";
        }

        if (MissingAtStop > 0)
        {
            yield return $"{MissingAtStop} cars were not connected at the end";
        }

        if (Counters.Sent == 0)
        {
            yield return "nothing was sent";
        }

        if (Counters.Acknowledged < Counters.Sent)
        {
            yield return $"{Counters.Outstanding} messages were not acknowledged, {Counters.Refused} refused";
        }

        if (Counters.SamplesGivenUp > 0)
        {
            yield return $"{Counters.SamplesGivenUp} samples were given up";
        }

        if (Counters.CommandsAnswered < Counters.CommandsReceived || Counters.CommandsUnreadable > 0)
        {
            yield return $"{Counters.CommandsReceived - Counters.CommandsAnswered} commands were not answered, {Counters.CommandsUnreadable} could not be read";
        }

        if (Scenario == ScenarioKind.Broadcast && Counters.CarsThatObeyed < Counters.Vehicles)
        {
            yield return $"{Counters.Vehicles - Counters.CarsThatObeyed} cars carried out no command";
        }
    }
}
