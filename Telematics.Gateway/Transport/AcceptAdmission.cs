using Microsoft.AspNetCore.Connections;

namespace Telematics.Gateway.Transport;

/// <summary>Asks for admission before a TLS handshake or a proxy's header. As a connection's feature it says that this was done.</summary>
internal sealed class AcceptAdmission(GatewayServer server, GatewayMetrics metrics)
{
    /// <summary>Runs the connection, if it may come in.</summary>
    public Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (server.TryEnter())
        {
            connection.Features.Set(this);
            return next(connection);
        }

        metrics.RecordRefusedAccept(AcceptRefusal.AcceptRateExceeded);
        connection.Abort();
        return Task.CompletedTask;
    }
}
