using Microsoft.AspNetCore.Connections;

namespace Telematics.Gateway.Transport;

/// <summary>
/// Asks for admission before a proxy's header, a TLS handshake or a WebSocket's opening: each of them costs much more than a
/// connection on a loop, and a peer can leave it unfinished. So their rate, their number at once and their time are bounded.
/// </summary>
internal sealed class AcceptAdmission(GatewayServer server, GatewayOptions options, TimeProvider time, GatewayMetrics metrics, RefusedAccepts refused)
{
    private readonly TimeSpan _patience = TimeSpan.FromSeconds(options.HandshakeTimeoutSeconds);
    private int _underWay;

    /// <summary>Runs the connection, if it may come in.</summary>
    public Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (!server.TryEnter())
        {
            refused.Refuse(connection, AcceptRefusal.AcceptRateExceeded);
            return Task.CompletedTask;
        }

        if (Interlocked.Increment(ref _underWay) > options.MaxHandshakes)
        {
            Interlocked.Decrement(ref _underWay);
            refused.Refuse(connection, AcceptRefusal.TooManyHandshakes);
            return Task.CompletedTask;
        }

        metrics.AddHandshakes(1);
        connection.Features.Set(new PendingHandshake(this, connection, time, _patience));
        return next(connection);
    }

    /// <summary>A handshake has ended, whichever way.</summary>
    public void OnEnded()
    {
        Interlocked.Decrement(ref _underWay);
        metrics.AddHandshakes(-1);
    }

    /// <summary>A handshake took too long.</summary>
    public void OnLate(ConnectionContext connection) => refused.Refuse(connection, AcceptRefusal.HandshakeLate);
}
