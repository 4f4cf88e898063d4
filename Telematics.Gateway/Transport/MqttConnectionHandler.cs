using Microsoft.AspNetCore.Connections;

namespace Telematics.Gateway.Transport;

/// <summary>Takes connections from Kestrel and gives each to a loop for life.</summary>
internal sealed class MqttConnectionHandler(GatewayServer server) : ConnectionHandler
{
    /// <inheritdoc/>
    public override Task OnConnectedAsync(ConnectionContext connection)
    {
        if (server.NextKestrelThread() is { } thread)
        {
            return new KestrelChannel(thread, connection).RunAsync();
        }

        connection.Abort();
        return Task.CompletedTask;
    }
}
