using System.Net.Sockets;
using Telematics.Gateway.Sessions;
using Telematics.Mqtt;
using Telematics.Mqtt.Sockets;

namespace Telematics.Gateway.Transport;

/// <summary>A loop's connections on epoll: slots are the session loop's own.</summary>
internal sealed class EpollTransport(SocketLoop sockets) : ILoopTransport, ISocketEvents
{
    private bool _isClockRead;

    /// <summary>The loop.</summary>
    public SessionLoop Loop { get; set; } = null!;

    /// <summary>Waits for sockets, at most so many milliseconds, and hands over what happened to them.</summary>
    public void Poll(int milliseconds)
    {
        _isClockRead = false;
        sockets.Poll(milliseconds, this);
    }

    /// <inheritdoc/>
    public int Send(int slot, ReadOnlySpan<byte> bytes) => sockets.Send(slot, bytes);

    /// <inheritdoc/>
    public void PauseReading(int slot) => sockets.Pause(slot);

    /// <inheritdoc/>
    public void ResumeReading(int slot) => sockets.Resume(slot);

    /// <inheritdoc/>
    public void Close(int slot, bool abort) => sockets.Close(slot, abort);

    /// <inheritdoc/>
    public int OnAccepted(in SocketPeer peer)
    {
        ReadClock();
        return Loop.Open(peer);
    }

    /// <inheritdoc/>
    public void OnConnected(int slot) => throw new InvalidOperationException("The gateway connects to nobody.");

#pragma warning disable CA1031 // A fault in one connection ends that connection; logged here, once.
    /// <inheritdoc/>
    public int OnReceived(int slot, ReadOnlySpan<byte> bytes)
    {
        ReadClock();
        try
        {
            return Loop.Receive(slot, bytes);
        }
        catch (Exception exception)
        {
            Fail(slot, exception);
            return bytes.Length;
        }
    }

    /// <inheritdoc/>
    public int GetNeeded(int slot, ReadOnlySpan<byte> rest) => MqttFixedHeader.GetNeeded(rest);

    /// <inheritdoc/>
    public void OnSent(int slot, int unsent)
    {
        ReadClock();
        try
        {
            Loop.OnSent(slot, unsent);
        }
        catch (Exception exception)
        {
            Fail(slot, exception);
        }
    }

    /// <inheritdoc/>
    public void OnClosed(int slot, SocketError error)
    {
        ReadClock();
        try
        {
            Loop.OnClosed(slot);
        }
        catch (Exception exception)
        {
            Fail(slot, exception);
        }
    }
#pragma warning restore CA1031

    private void Fail(int slot, Exception exception)
    {
        Loop.Shared.Logger.ConnectionFailed(exception, Loop.Connections[slot].Peer);
        Loop.Ends.End(slot, EndReason.InternalError, MqttReasonCode.UnspecifiedError, abort: true);
    }

    /// <summary>Once a poll: what was read and written in one go has one time.</summary>
    private void ReadClock()
    {
        if (!_isClockRead)
        {
            _isClockRead = true;
            Loop.ReadClock();
        }
    }
}
