using Telematics.Mqtt.Sockets;

namespace Telematics.Gateway.Transport;

/// <summary>What carries plain MQTT, and why.</summary>
/// <param name="IsEpoll">Whether it is the own loop on epoll; else Kestrel.</param>
/// <param name="Reason">For the log.</param>
internal readonly record struct PlainTransport(bool IsEpoll, string Reason)
{
    /// <summary>Chooses by the options and the system.</summary>
    public static PlainTransport Choose(GatewayTransport option, bool isSupported) => option switch
    {
        GatewayTransport.Kestrel => new(false, "as set"),
        GatewayTransport.Epoll => new(true, "as set"),
        _ when isSupported => new(true, "this is Linux; TLS and WebSocket are Kestrel's"),
        _ => new(false, "the own event loop needs Linux on x64 or arm64, and unshare, which a container's seccomp profile may forbid"),
    };

    /// <summary>Chooses for this process.</summary>
    public static PlainTransport Choose(GatewayOptions options) => options.ProxyProtocol == ProxyProtocol.Required
        ? new(false, "the proxy's header is read there")
        : Choose(options.Transport, SocketLoop.IsSupported);
}
