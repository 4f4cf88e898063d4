namespace Telematics.Simulator.Cars;

/// <summary>What a car makes of a command.</summary>
internal enum CommandVerdict
{
    /// <summary>It will be carried out.</summary>
    Taken,

    /// <summary>It was refused.</summary>
    Rejected,

    /// <summary>It came before: the same answer again.</summary>
    Repeated,
}
