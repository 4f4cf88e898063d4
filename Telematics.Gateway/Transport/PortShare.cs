using System.Net;
using System.Net.Sockets;
using Telematics.Mqtt.Sockets;

namespace Telematics.Gateway.Transport;

/// <summary>
/// A loop's part in its port (SO_REUSEPORT): the kernel spreads the connections over all that listen, so a loop that is
/// full listens no more until it has room again.
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

    private IPEndPoint? _address;
    private bool _isGrowthAsked;
    private bool _hasFailed;
    private long _acceptFailures;

    /// <summary>Connections with which the loop is full.</summary>
    public int Limit { get; private set; }

    /// <summary>Listens from now on; answers the address with the port in effect.</summary>
    /// <exception cref="SocketException">The address cannot be had.</exception>
    public IPEndPoint Enter(IPEndPoint address)
    {
        var possible = sockets.Capacity - Math.Clamp(sockets.Capacity / ReserveFraction, 1, LargestReserve);
        Limit = Math.Max(1, maxConnections == 0 ? possible : Math.Min(possible, maxConnections));
        return _address = sockets.Listen(address, Backlog);
    }

    /// <summary>Listens no more.</summary>
    public void Leave()
    {
        _address = null;
        sockets.StopListening(events);
    }

    /// <summary>Leaves or enters as the room is.</summary>
    public PortChange Check()
    {
        if (_address is null)
        {
            return PortChange.None;
        }

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

        // A sixteenth of it, so that a loop on the edge does not come and go with each connection.
        if (!sockets.IsListening && sockets.Count <= Limit - Math.Max(1, Limit / 16))
        {
            return TryListenAgain(_address);
        }

        if (!_isGrowthAsked && sockets.Count >= Limit - (Limit / 10))
        {
            _isGrowthAsked = true;
            return PortChange.NearlyFull;
        }

        return PortChange.None;
    }

    // The address may be gone for a while (an interface that is down): those who are connected need not suffer for it.
    private PortChange TryListenAgain(IPEndPoint address)
    {
        try
        {
            sockets.Listen(address, Backlog);
            _hasFailed = false;
            return PortChange.HasRoom;
        }
        catch (SocketException)
        {
            var isKnown = _hasFailed;
            _hasFailed = true;
            return isKnown ? PortChange.None : PortChange.CannotListen;
        }
    }
}

/// <summary>What changed in a loop's part in its port.</summary>
internal enum PortChange
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It has nine tenths of what it can hold; said once.</summary>
    NearlyFull,

    /// <summary>It listens no more.</summary>
    Full,

    /// <summary>It listens again.</summary>
    HasRoom,

    /// <summary>It has room, and the address cannot be had at the moment; tried again each turn.</summary>
    CannotListen,

    /// <summary>The system has no descriptor or memory for a connection that waits; it is tried again ten times a second.</summary>
    CannotAccept,
}
