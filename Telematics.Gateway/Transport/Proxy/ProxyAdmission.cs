using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Telematics.Mqtt.Sockets;

namespace Telematics.Gateway.Transport.Proxy;

/// <summary>Takes the proxy's header off a Kestrel connection before anything else reads it, and gives it its client's address.</summary>
internal sealed class ProxyAdmission(ProxySources sources, RefusedAccepts refused, ILogger logger)
{
    /// <summary>Runs the rest of the connection behind its header.</summary>
    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (connection.RemoteEndPoint is not IPEndPoint peer || !sources.Contains(peer.Address))
        {
            refused.Refuse(connection, AcceptRefusal.ProxyNotTrusted);
            return;
        }

        var (isRead, source) = await TryReadAsync(connection);
        if (isRead)
        {
            connection.RemoteEndPoint = source ?? connection.RemoteEndPoint;
            await next(connection);
        }
    }

    private async Task<(bool IsRead, IPEndPoint? Source)> TryReadAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        try
        {
            while (true)
            {
                var result = await input.ReadAsync();
                var status = Read(result.Buffer, out var length, out var source);
                if (status == ProxyHeaderStatus.Complete)
                {
                    input.AdvanceTo(result.Buffer.GetPosition(length));
                    return (true, source);
                }

                input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                if (status == ProxyHeaderStatus.Malformed || result.IsCompleted)
                {
                    refused.Refuse(connection, AcceptRefusal.ProxyHeaderMalformed);
                    return default;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or ConnectionAbortedException)
        {
            // Reset by the peer, or closed at the handshake's deadline, where it was counted.
            logger.TransportFailed(exception, SocketPeer.From(connection.RemoteEndPoint));
            return default;
        }
    }

    private static ProxyHeaderStatus Read(in ReadOnlySequence<byte> buffer, out int length, out IPEndPoint? source)
    {
        if (buffer.IsSingleSegment)
        {
            return ProxyHeader.Read(buffer.FirstSpan, out length, out source);
        }

        Span<byte> bytes = stackalloc byte[(int)Math.Min(buffer.Length, ProxyHeader.MaxLength)];
        buffer.Slice(0, bytes.Length).CopyTo(bytes);
        return ProxyHeader.Read(bytes, out length, out source);
    }
}
