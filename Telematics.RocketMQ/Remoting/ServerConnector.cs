using System.Net.Sockets;

namespace Telematics.RocketMQ.Remoting;

/// <summary>Makes connected streams to servers.</summary>
internal sealed class ServerConnector
{
    /// <exception cref="FormatException">The address is none.</exception>
    /// <exception cref="SocketException">The server cannot be reached.</exception>
    public static async Task<Stream> ConnectAsync(string address, CancellationToken cancellationToken)
    {
        if (!ServerAddress.TryParse(address, out var server))
        {
            throw new FormatException($"'{address}' is no host:port.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server.Host, server.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
