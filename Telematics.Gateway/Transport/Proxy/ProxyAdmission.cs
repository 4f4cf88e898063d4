using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Telematics.Mqtt.Sockets;

namespace Telematics.Gateway.Transport.Proxy;

/// <summary>Takes the proxy's header off a Kestrel connection before anything else reads it, and gives it its client's address.</summary>
internal sealed class ProxyAdmission(ProxySources sources, TimeSpan patience, TimeProvider time, GatewayMetrics metrics, ILogger logger)
{
    private readonly bool[] _isLogged = new bool[Enum.GetValues<AcceptRefusal>().Length];

    /// <summary>Runs the rest of the connection behind its header.</summary>
    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (connection.RemoteEndPoint is not IPEndPoint peer || !sources.Contains(peer.Address))
        {
            Refuse(connection, AcceptRefusal.ProxyNotTrusted);
            return;
        }

        var (refusal, source) = await ReadAsync(connection);
        if (refusal is { } reason)
        {
            Refuse(connection, reason);
            return;
        }

        connection.RemoteEndPoint = source ?? connection.RemoteEndPoint;
        await next(connection);
    }

    private async Task<(AcceptRefusal? Refusal, IPEndPoint? Source)> ReadAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        using var deadline = new CancellationTokenSource(patience, time);
        try
        {
            while (true)
            {
                var result = await input.ReadAsync(deadline.Token);
                var status = Read(result.Buffer, out var length, out var source);
                if (status == ProxyHeaderStatus.Complete)
                {
                    input.AdvanceTo(result.Buffer.GetPosition(length));
                    return (null, source);
                }

                input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                if (status == ProxyHeaderStatus.Malformed || result.IsCompleted)
                {
                    return (AcceptRefusal.ProxyHeaderMalformed, null);
                }
            }
        }
        catch (OperationCanceledException)
        {
            return (AcceptRefusal.ProxyHeaderLate, null);
        }
        catch (IOException exception)
        {
            logger.TransportFailed(exception, SocketPeer.From(connection.RemoteEndPoint));
            return (AcceptRefusal.ProxyHeaderMalformed, null);
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

    private void Refuse(ConnectionContext connection, AcceptRefusal reason)
    {
        metrics.RecordRefusedAccept(reason);
        if (!Interlocked.Exchange(ref _isLogged[(int)reason], true))
        {
            logger.ProxyRefused(SocketPeer.From(connection.RemoteEndPoint), reason);
        }

        connection.Abort();
    }
}
