using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Telematics.Mqtt.Sockets;

namespace Telematics.Gateway.Transport;

/// <summary>Closes connections that do not come in: each is counted, and the first for a reason is logged. Safe for any thread.</summary>
internal sealed class RefusedAccepts(GatewayMetrics metrics, ILogger logger)
{
    private readonly bool[] _isLogged = new bool[Enum.GetValues<AcceptRefusal>().Length];

    /// <summary>Closes one.</summary>
    public void Refuse(ConnectionContext connection, AcceptRefusal reason)
    {
        metrics.RecordRefusedAccept(reason);
        if (!Interlocked.Exchange(ref _isLogged[(int)reason], true))
        {
            logger.AcceptRefused(SocketPeer.From(connection.RemoteEndPoint), reason);
        }

        connection.Abort();
    }
}
