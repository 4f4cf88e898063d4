namespace Telematics.Contracts.Commands;

/// <summary>The command types that every car of this system knows, and the names of their parameters.</summary>
public static class CommandTypeNames
{
    /// <summary>Locks the doors; no parameters.</summary>
    public const string Lock = "lock";

    /// <summary>Unlocks the doors; no parameters.</summary>
    public const string Unlock = "unlock";

    /// <summary>Sets how often the car reports; parameter <see cref="Seconds"/>.</summary>
    public const string SetReportingInterval = "setReportingInterval";

    /// <summary>Asks for the position at once; no parameters. The result is <c>{"latitude","longitude","time"}</c>.</summary>
    public const string Locate = "locate";

    /// <summary>Limits the speed; parameter <see cref="KilometersPerHour"/>.</summary>
    public const string SetSpeedLimit = "setSpeedLimit";

    /// <summary>Parameter of <see cref="SetReportingInterval"/>: a whole number of seconds, 1 to 3,600.</summary>
    public const string Seconds = "seconds";

    /// <summary>Parameter of <see cref="SetSpeedLimit"/>: a whole number of km/h, 10 to 250.</summary>
    public const string KilometersPerHour = "kilometersPerHour";
}
