using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Telematics.RocketMQ.Remoting;

/// <summary>Makes connected streams to servers, with TLS where it is configured.</summary>
internal sealed class ServerConnector(ServerTls? tls)
{
    /// <exception cref="FormatException">The address is none.</exception>
    /// <exception cref="SocketException">The server cannot be reached.</exception>
    /// <exception cref="AuthenticationException">The server's certificate is not trusted, or it speaks no TLS.</exception>
    public async Task<Stream> ConnectAsync(string address, CancellationToken cancellationToken)
    {
        if (!ServerAddress.TryParse(address, out var server))
        {
            throw new FormatException($"'{address}' is no host:port.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server.Host, server.Port, cancellationToken);
            var stream = new NetworkStream(socket, ownsSocket: true);
            return tls is null ? stream : await AuthenticateAsync(stream, tls.ForHost(server.Host), cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<Stream> AuthenticateAsync(NetworkStream stream, SslClientAuthenticationOptions options, CancellationToken cancellationToken)
    {
        var secured = new SslStream(stream);
        try
        {
            await secured.AuthenticateAsClientAsync(options, cancellationToken);
            return secured;
        }
        catch
        {
            await secured.DisposeAsync();
            throw;
        }
    }
}
