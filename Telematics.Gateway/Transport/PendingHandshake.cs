using Microsoft.AspNetCore.Connections;

namespace Telematics.Gateway.Transport;

/// <summary>
/// A connection of Kestrel's between its accept and its first byte of MQTT, which has a deadline. As the connection's
/// feature it also says that it was let in.
/// </summary>
internal sealed class PendingHandshake
{
    private readonly AcceptAdmission _admission;
    private readonly ConnectionContext _connection;
    private readonly ITimer _deadline;
    private readonly CancellationTokenRegistration _closed;
    private bool _hasEnded;

    public PendingHandshake(AcceptAdmission admission, ConnectionContext connection, TimeProvider time, TimeSpan patience)
    {
        _admission = admission;
        _connection = connection;
        _deadline = time.CreateTimer(static handshake => ((PendingHandshake)handshake!).OnDeadline(), this, patience, Timeout.InfiniteTimeSpan);
        _closed = connection.ConnectionClosed.UnsafeRegister(static handshake => ((PendingHandshake)handshake!).End(), this);
    }

    /// <summary>The first byte of MQTT is there, or the connection is gone. From any thread, any number of times.</summary>
    public void End()
    {
        if (TryEnd())
        {
            _closed.Unregister();
        }
    }

    private void OnDeadline()
    {
        if (TryEnd())
        {
            _admission.OnLate(_connection);
        }
    }

    private bool TryEnd()
    {
        if (Interlocked.Exchange(ref _hasEnded, true))
        {
            return false;
        }

        _deadline.Dispose();
        _admission.OnEnded();
        return true;
    }
}
