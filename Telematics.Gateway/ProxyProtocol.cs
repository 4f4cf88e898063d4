namespace Telematics.Gateway;

/// <summary>Whether connections come through a proxy that says who the client is.</summary>
public enum ProxyProtocol
{
    /// <summary>They come from the clients themselves.</summary>
    Off,

    /// <summary>Each begins with a header of PROXY protocol version 1 or 2. There is no "if it is there": a client could write one.</summary>
    Required,
}
