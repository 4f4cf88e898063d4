namespace Telematics.Gateway;

/// <summary>What carries plain MQTT. TLS and WebSocket are always Kestrel's.</summary>
public enum GatewayTransport
{
    /// <summary><see cref="Epoll"/> where it works (Linux), else <see cref="Kestrel"/>.</summary>
    Auto,

    /// <summary>The own event loop on epoll: least memory for a connection and least CPU for a message.</summary>
    Epoll,

    /// <summary>ASP.NET Core's server.</summary>
    Kestrel,
}
