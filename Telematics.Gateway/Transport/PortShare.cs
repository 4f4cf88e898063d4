using System.Net;
using System.Net.Sockets;
using Telematics.Mqtt.Sockets;

namespace Telematics.Gateway.Transport;

/// <summary>
/// A loop's part in its port (SO_REUSEPORT): the kernel spreads the connections over all that listen, so a loop that is
/// full listens no more until it has room again. Times are the loop's, in milliseconds.
/// </summary>
/// <param name="sockets">The loop's sockets.</param>
/// <param name="events">Takes what is accepted.</param>
/// <param name="maxConnections">Most connections; 0 is what the limit of open files allows.</param>
internal sealed class PortShare(SocketLoop sockets, ISocketEvents events, int maxConnections)
{
    // The kernel cuts it to net.core.somaxconn.
    private const int Backlog = 4_096;

    // What waits in the listener's queue is accepted when it leaves.
    private const int LargestReserve = 512;
    private const int ReserveFraction = 32;

    /// <summary>Between two tries to listen, and between two requests for a further loop, of which the first may have failed.</summary>
    private const int PauseMilliseconds = 1_000;

    private IPEndPoint? _address;
    private bool _hasEntered;
    private bool _hasFailed;
    private long _listenDue;
    private long _growthDue;
    private long _acceptFailures;
    private volatile bool _isNearlyFull;

    /// <summary>Connections with which the loop is full.</summary>
    public int Limit { get; private set; }

    /// <summary>Whether it has nine tenths of what it can hold; may be read on any thread.</summary>
    public bool IsNearlyFull => _isNearlyFull;

    /// <summary>Listens from now on; answers the address with the port in effect.</summary>
    /// <exception cref="SocketException">The address cannot be had.</exception>
    public IPEndPoint Enter(IPEndPoint address)
    {
        SetLimit();
        var endPoint = sockets.Listen(address, Backlog);
        _address = endPoint;
        _hasEntered = true;
        return endPoint;
    }

    /// <summary>Listens as soon as the address can be had: at the next check, or at a later one.</summary>
    public void Join(IPEndPoint address)
    {
        SetLimit();
        _address = address;
    }

    /// <summary>Listens no more.</summary>
    public void Leave()
    {
        _address = null;
        sockets.StopListening(events);
    }

    /// <summary>Leaves or enters as the room is.</summary>
    public PortChange Check(long now)
    {
        if (_address is null)
        {
            return PortChange.None;
        }

        _isNearlyFull = sockets.Count >= Limit - (Limit / 10);
        if (sockets.AcceptFailures > _acceptFailures)
        {
            _acceptFailures = sockets.AcceptFailures;
            return PortChange.CannotAccept;
        }

        if (sockets.IsListening && sockets.Count >= Limit)
        {
            sockets.StopListening(events);
            return PortChange.Full;
        }

        if (IsToListen && now >= _listenDue)
        {
            return TryListen(_address, now);
        }

        if (_isNearlyFull && now >= _growthDue)
        {
            _growthDue = now + PauseMilliseconds;
            return PortChange.NearlyFull;
        }

        return PortChange.None;
    }

    /// <summary>In how many milliseconds a check is due though nothing happens; -1 is never.</summary>
    public int DueIn(long now)
    {
        if (_address is null)
        {
            return -1;
        }

        var due = Math.Min(IsToListen ? _listenDue : long.MaxValue, _isNearlyFull ? _growthDue : long.MaxValue);
        return due == long.MaxValue ? -1 : (int)Math.Max(0, due - now);
    }

    // A sixteenth of it, so that a loop on the edge does not come and go with each connection.
    private bool IsToListen => !sockets.IsListening && sockets.Count <= Limit - Math.Max(1, Limit / 16);

    private void SetLimit()
    {
        var possible = sockets.Capacity - Math.Clamp(sockets.Capacity / ReserveFraction, 1, LargestReserve);
        Limit = Math.Max(1, maxConnections == 0 ? possible : Math.Min(possible, maxConnections));
    }

    // The address may be gone for a while (an interface that is down): those who are connected need not suffer for it.
    private PortChange TryListen(IPEndPoint address, long now)
    {
        try
        {
            sockets.Listen(address, Backlog);
        }
        catch (SocketException)
        {
            _listenDue = now + PauseMilliseconds;
            var isKnown = _hasFailed;
            _hasFailed = true;
            return isKnown ? PortChange.None : PortChange.CannotListen;
        }

        var change = _hasEntered ? PortChange.HasRoom : PortChange.Entered;
        (_hasEntered, _hasFailed) = (true, false);
        return change;
    }
}

/// <summary>What changed in a loop's part in its port.</summary>
internal enum PortChange
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It has nine tenths of what it can hold; said each second while it is so.</summary>
    NearlyFull,

    /// <summary>It listens for the first time.</summary>
    Entered,

    /// <summary>It listens no more.</summary>
    Full,

    /// <summary>It listens again.</summary>
    HasRoom,

    /// <summary>It has room, and the address cannot be had at the moment; said once, tried again each second.</summary>
    CannotListen,

    /// <summary>The system has no descriptor or memory for a connection that waits; it is tried again ten times a second.</summary>
    CannotAccept,
}
