namespace Telematics.Simulator.Scenarios;

/// <summary>What happens to a fleet beside driving.</summary>
public enum ScenarioKind
{
    /// <summary>Nothing.</summary>
    Steady,

    /// <summary>Again and again a share of the cars is cut off within a second, and comes back.</summary>
    Storm,

    /// <summary>Now and then a car goes silent: no packet, no FIN. It comes back on a new connection, with what it could not say.</summary>
    Tunnel,

    /// <summary>Most cars stand and only keep their connection alive.</summary>
    Night,

    /// <summary>Every car is to get a command, and to carry it out.</summary>
    Broadcast,
}
