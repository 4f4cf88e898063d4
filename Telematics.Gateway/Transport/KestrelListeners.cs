using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Gateway.Transport.Proxy;
using Telematics.Gateway.Transport.Tls;
using Telematics.Gateway.Transport.WebSockets;

namespace Telematics.Gateway.Transport;

/// <summary>
/// Listeners of MQTT in Kestrel, each a row of layers: admission, proxy's header, TLS, WebSocket, and the loops. None of
/// them has a task that outlives its own work, but TLS and the proxy's, which Kestrel's design makes wait for what is above.
/// </summary>
internal sealed class KestrelListeners
{
    private readonly KestrelServerOptions _kestrel;
    private readonly ILogger _logger;
    private readonly IPAddress _address;
    private readonly AcceptAdmission _admission;
    private readonly ProxyAdmission? _proxy;
    private readonly WebSocketUpgrade _upgrade;

    public KestrelListeners(
        KestrelServerOptions kestrel, IOptions<GatewayOptions> options, GatewayServer server, GatewayMetrics metrics, TimeProvider time, ILogger<GatewayServer> logger)
    {
        _kestrel = kestrel;
        _logger = logger;
        options.Value.TryGetAddress(out _address); // validated
        var refused = new RefusedAccepts(metrics, logger);
        _admission = new AcceptAdmission(server, options.Value, time, metrics, refused);
        _upgrade = new WebSocketUpgrade(options.Value.WebSocket.Path, options.Value.WebSocket.Origins);
        if (options.Value.ProxyProtocol == ProxyProtocol.Required)
        {
            _proxy = new ProxyAdmission(SourcesOf(options.Value), refused, logger);
        }
    }

    /// <summary>Adds a listener.</summary>
    /// <param name="transport">Its name in the log.</param>
    /// <param name="port">Its port; 0 takes a free one.</param>
    /// <param name="tls">Null for plain text.</param>
    /// <param name="isWebSocket">Whether MQTT is in WebSocket frames.</param>
    public void Add(string transport, int port, GatewayTls? tls = null, bool isWebSocket = false)
    {
        _kestrel.Listen(_address, port, listen =>
        {
            if (tls is not null || _proxy is not null || isWebSocket)
            {
                listen.Use(next => connection => _admission.RunAsync(connection, next));
            }

            if (_proxy is not null)
            {
                listen.Use(next => connection => _proxy.RunAsync(connection, next));
            }

            tls?.Use(listen);
            if (isWebSocket)
            {
                listen.Use(next => connection =>
                {
                    connection.Transport = new WebSocketPipe(connection.Transport, _upgrade);
                    return next(connection);
                });
            }

            listen.UseConnectionHandler<MqttConnectionHandler>();
        });
        _logger.Listening(new IPEndPoint(_address, port).ToString(), transport);
    }

    private static ProxySources SourcesOf(GatewayOptions options) =>
        ProxySources.TryParse(options.ProxyProtocolFrom, out var sources, out _) ? sources : throw new InvalidOperationException("ProxyProtocolFrom was not validated.");
}
