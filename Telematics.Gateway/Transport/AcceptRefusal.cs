namespace Telematics.Gateway.Transport;

/// <summary>Why a connection was closed before a loop had it.</summary>
internal enum AcceptRefusal
{
    /// <summary>More connections a second than are accepted.</summary>
    AcceptRateExceeded,

    /// <summary>It does not come from a proxy that is believed.</summary>
    ProxyNotTrusted,

    /// <summary>Its first bytes are no header of the PROXY protocol.</summary>
    ProxyHeaderMalformed,

    /// <summary>The header did not come in time.</summary>
    ProxyHeaderLate,
}
