namespace Telematics.Gateway.Transport.Proxy;

/// <summary>What the first bytes of a proxied connection are.</summary>
internal enum ProxyHeaderStatus
{
    /// <summary>The beginning of a header; read more, behind what there is.</summary>
    Incomplete,

    /// <summary>A header.</summary>
    Complete,

    /// <summary>None, or none that is allowed: close.</summary>
    Malformed,
}
