namespace Telematics.Gateway.Sessions;

/// <summary>Why a connection is deliberately not read.</summary>
[Flags]
internal enum PauseReasons : byte
{
    /// <summary>It is read.</summary>
    None = 0,

    /// <summary>CONNECT is not yet answered.</summary>
    Handshake = 1,

    /// <summary>The log's byte budget is used up.</summary>
    Budget = 2,

    /// <summary>Too many publishes wait for their PUBACK (3.1.1, which has no Receive Maximum).</summary>
    PubackWindow = 4,

    /// <summary>The client does not take what is written to it.</summary>
    Output = 8,

    /// <summary>It sent more than the client's rate.</summary>
    Rate = 16,
}
