namespace Telematics.Gateway.Sessions;

/// <summary>What a deadline is about.</summary>
internal enum TimerKind : byte
{
    /// <summary>A connection's: CONNECT, CONNACK or keep-alive, by its state.</summary>
    Connection,

    /// <summary>A session without connection ends.</summary>
    SessionExpiry,

    /// <summary>A will is due.</summary>
    WillDelay,

    /// <summary>A connection that sent too much may be read again.</summary>
    Rate,
}

/// <summary>An entry of the loop's wheel.</summary>
internal readonly record struct LoopTimer(TimerKind Kind, int Slot, int Generation);
