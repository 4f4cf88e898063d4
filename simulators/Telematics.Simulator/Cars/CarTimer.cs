namespace Telematics.Simulator.Cars;

/// <summary>What a deadline on a worker's wheel is about.</summary>
internal readonly record struct CarTimer(int Slot, CarTimerKind Kind);

/// <summary>Kinds of deadlines.</summary>
internal enum CarTimerKind : byte
{
    /// <summary>Time to connect, or to connect again.</summary>
    Connect,

    /// <summary>No CONNACK so long after connecting.</summary>
    ConnackDeadline,

    /// <summary>Time for the next report.</summary>
    Report,

    /// <summary>Time to look whether the server must hear something.</summary>
    KeepAlive,

    /// <summary>A command has been carried out.</summary>
    CommandDone,

    /// <summary>The scenario takes the car off the network.</summary>
    Leave,
}
