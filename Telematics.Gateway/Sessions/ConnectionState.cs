namespace Telematics.Gateway.Sessions;

/// <summary>How far a connection is.</summary>
internal enum ConnectionState : byte
{
    /// <summary>An empty slot.</summary>
    None,

    /// <summary>Open, and nothing but CONNECT is expected.</summary>
    AwaitingConnect,

    /// <summary>The log-in is being checked.</summary>
    Authenticating,

    /// <summary>Another connection's loop is asked for the session.</summary>
    TakingOver,

    /// <summary>The connect event is on its way into the log; the client is here, CONNACK is not yet sent.</summary>
    AwaitingStored,

    /// <summary>CONNACK was sent.</summary>
    Open,

    /// <summary>Gone; the slot waits for the outcome of its connect event.</summary>
    Lingering,
}
