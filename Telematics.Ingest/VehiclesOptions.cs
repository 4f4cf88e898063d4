namespace Telematics.Ingest;

/// <summary>Settings of the vehicle registry.</summary>
public sealed class VehiclesOptions
{
    /// <summary>The section they are read from.</summary>
    public const string SectionName = "Telematics:Vehicles";

    /// <summary>Whether an unknown car is registered at its first telemetry; off, its messages are rejected and counted.</summary>
    public bool AutoRegister { get; set; } = true;
}
