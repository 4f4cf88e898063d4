namespace Telematics.Gateway.Transport;

/// <summary>Why a connection was closed before a loop had it, or before it had said anything of MQTT.</summary>
internal enum AcceptRefusal
{
    /// <summary>More connections a second than are accepted.</summary>
    AcceptRateExceeded,

    /// <summary>More connections at once that have not said anything of MQTT than may be.</summary>
    TooManyHandshakes,

    /// <summary>It took too long to its first byte of MQTT.</summary>
    HandshakeLate,

    /// <summary>It does not come from a proxy that is believed.</summary>
    ProxyNotTrusted,

    /// <summary>Its first bytes are no header of the PROXY protocol.</summary>
    ProxyHeaderMalformed,
}
