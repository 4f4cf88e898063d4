namespace Telematics.Simulator.Meters;

/// <summary>How far a client of a meter is.</summary>
internal enum MeterClientState : byte
{
    /// <summary>No connection: not yet, cut, or failed.</summary>
    Closed,

    /// <summary>From the connect to CONNACK.</summary>
    Connecting,

    /// <summary>The server has accepted.</summary>
    Online,
}
