namespace Telematics.Gateway.Sessions;

/// <summary>Why a connection ended; its name in camel case is the reason in presence events and metrics.</summary>
internal enum EndReason
{
    /// <summary>The client said DISCONNECT.</summary>
    Disconnect,

    /// <summary>The client closed or reset without DISCONNECT.</summary>
    PeerClosed,

    /// <summary>Nothing came for 1.5 times the keep-alive.</summary>
    KeepAliveTimeout,

    /// <summary>No CONNECT in time, or no verdict on it.</summary>
    ConnectTimeout,

    /// <summary>Another connection uses the client identifier.</summary>
    TakenOver,

    /// <summary>Bytes that are no packet.</summary>
    MalformedPacket,

    /// <summary>A packet that is not allowed there.</summary>
    ProtocolError,

    /// <summary>A packet above the limit.</summary>
    PacketTooLarge,

    /// <summary>More QoS 1 publishes under way than Receive Maximum.</summary>
    ReceiveMaximumExceeded,

    /// <summary>A protocol version that is not served.</summary>
    UnsupportedProtocolVersion,

    /// <summary>A client identifier that is not accepted.</summary>
    ClientIdentifierNotValid,

    /// <summary>An enhanced authentication method; none is served.</summary>
    BadAuthenticationMethod,

    /// <summary>A wrong user name or password.</summary>
    BadCredentials,

    /// <summary>The store of credentials does not answer.</summary>
    CredentialsUnavailable,

    /// <summary>The message log did not store the connect event in time.</summary>
    LogUnavailable,

    /// <summary>Too many CONNECTs a second, or connections.</summary>
    ServerBusy,

    /// <summary>A publish that the client may not send.</summary>
    PublishRefused,

    /// <summary>A will that the server does not accept.</summary>
    WillRefused,

    /// <summary>The client does not read what is sent to it.</summary>
    SlowReader,

    /// <summary>Commands ordered it closed.</summary>
    Ordered,

    /// <summary>The gateway stops.</summary>
    ServerShuttingDown,

    /// <summary>A fault of the gateway.</summary>
    InternalError,

    /// <summary>More connections a second than are accepted.</summary>
    AcceptRateExceeded,

    /// <summary>A client identifier or user name that is not the one of the TLS certificate.</summary>
    CertificateMismatch,
}
