using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Telematics.Gateway.Transport;

/// <summary>
/// Kestrel's listening sockets. On Linux an accepted socket has its listener's TCP options, so those for half-open peers
/// are set once, here, and cost no call for each connection.
/// </summary>
internal static class ListenSocket
{
    private const int TcpUserTimeout = 18; // linux/tcp.h
    private const int KeepAliveIntervalSeconds = 10;
    private const int KeepAliveProbes = 3;

    /// <summary>Makes one that is bound.</summary>
    public static Socket Create(EndPoint endpoint, GatewayOptions options)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        if (!OperatingSystem.IsLinux() || endpoint is not IPEndPoint)
        {
            return socket;
        }

        if (options.TcpKeepAliveSeconds > 0)
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, options.TcpKeepAliveSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveIntervalSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
        }

        if (options.TcpUserTimeoutSeconds > 0)
        {
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpUserTimeout, BitConverter.GetBytes(options.TcpUserTimeoutSeconds * 1_000));
        }

        return socket;
    }
}
