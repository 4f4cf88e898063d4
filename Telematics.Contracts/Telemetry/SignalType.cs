namespace Telematics.Contracts.Telemetry;

/// <summary>How a signal's value is stored in its column.</summary>
public enum SignalType
{
    /// <summary>64-bit floating point: positions only.</summary>
    Double,

    /// <summary>32-bit floating point.</summary>
    Real,

    /// <summary>16-bit integer.</summary>
    Smallint,

    /// <summary>32-bit integer.</summary>
    Integer,

    /// <summary>64-bit integer.</summary>
    Bigint,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>One of the signal's <see cref="Signal.Labels"/>, stored as its place (smallint).</summary>
    Label,
}
