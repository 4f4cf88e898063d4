namespace Telematics.Simulator.Driving;

/// <summary>What a car is doing.</summary>
internal enum DriveMode : byte
{
    /// <summary>Between two trips, everything off.</summary>
    Parked,

    /// <summary>Parked at a charger.</summary>
    Charging,

    /// <summary>On a trip, moving or at a red light.</summary>
    Driving,
}
