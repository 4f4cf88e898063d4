using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Telematics.Contracts;
using Telematics.Gateway.Transport;
using Telematics.Gateway.Transport.Tls;

namespace Telematics.Gateway;

/// <summary>The gateway's listeners in Kestrel.</summary>
public static class GatewayKestrelExtensions
{
    /// <summary>
    /// Listens for MQTT as <see cref="GatewayOptions"/> say: plain on <see cref="GatewayOptions.Port"/> where the gateway has
    /// no event loop of its own for it, TLS when there is a certificate for it, and both over WebSocket where a port is given.
    /// </summary>
    /// <exception cref="StartupException">A certificate cannot be loaded.</exception>
    public static KestrelServerOptions ListenMqtt(this KestrelServerOptions kestrel)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        var services = kestrel.ApplicationServices;
        var options = services.GetRequiredService<IOptions<GatewayOptions>>().Value;
        var tls = GatewayTls.Load(options.Tls, services.GetRequiredService<IConfiguration>());
        var listeners = ActivatorUtilities.CreateInstance<KestrelListeners>(services, kestrel);
        if (options.Port >= 0 && !PlainTransport.Choose(options).IsEpoll)
        {
            listeners.Add("mqtt", options.Port);
        }

        if (tls is not null)
        {
            listeners.Add("mqtts", options.Tls.Port, tls);
        }

        if (options.WebSocket.Port >= 0)
        {
            listeners.Add("ws", options.WebSocket.Port, isWebSocket: true);
        }

        if (options.WebSocket.TlsPort >= 0)
        {
            listeners.Add("wss", options.WebSocket.TlsPort, tls, isWebSocket: true);
        }

        return kestrel;
    }
}
