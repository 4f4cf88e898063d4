using System.Net;
using System.Net.Sockets;
using Telematics.Mqtt.Sockets;

namespace Telematics.Simulator.Transport;

/// <summary>
/// Connections on a <see cref="SocketLoop"/>: a table of descriptors for this worker alone, so that a process holds as
/// many connections as its workers together. Each slot has two places in the loop, since a car that comes out of a
/// tunnel connects again while its old connection still stands.
/// </summary>
internal sealed class EpollFleetTransport : IFleetTransport, ISocketEvents
{
    private const int ClosingPollMilliseconds = 50;

    private readonly SocketLoop _loop;
    private readonly IPEndPoint _gateway;
    private readonly Func<int, IPAddress?> _sourceAddress;
    private readonly Place[] _places;
    private ITransportEvents? _events;

    /// <summary>A transport for so many slots; it opens nothing before <see cref="Attach"/>.</summary>
    /// <param name="gateway">Where all connect to.</param>
    /// <param name="slots">Number of slots.</param>
    /// <param name="sourceAddress">From which address a slot connects; null leaves it to the system.</param>
    public EpollFleetTransport(IPEndPoint gateway, int slots, Func<int, IPAddress?> sourceAddress)
    {
        _loop = new SocketLoop(new SocketLoopOptions());
        _gateway = gateway;
        _sourceAddress = sourceAddress;
        _places = new Place[slots];
    }

    [Flags]
    private enum Place : byte
    {
        None = 0,

        /// <summary>There is a connection.</summary>
        Open = 1,

        /// <summary>It has the second place; the next one has the first.</summary>
        Second = 2,

        /// <summary>In the other place there is one that was left.</summary>
        Abandoned = 4,
    }

    public void Attach() => _loop.Attach();

    public void Connect(int slot)
    {
        CloseOpen(slot, abort: true);
        _places[slot] |= Place.Open;
        _loop.Connect(SocketOf(slot), _gateway, _sourceAddress(slot));
    }

    public void Send(int slot, ReadOnlySpan<byte> bytes)
    {
        if (_places[slot].HasFlag(Place.Open))
        {
            _loop.Send(SocketOf(slot), bytes);
        }
    }

    public void Close(int slot, bool abort)
    {
        CloseAbandoned(slot);
        CloseOpen(slot, abort);
    }

    public void Abandon(int slot)
    {
        CloseAbandoned(slot);
        if (_places[slot].HasFlag(Place.Open))
        {
            _loop.Pause(SocketOf(slot));
            _places[slot] = (_places[slot] & ~Place.Open) ^ Place.Second | Place.Abandoned;
        }
    }

    public void Poll(int timeoutMilliseconds, ITransportEvents events)
    {
        _events = events;
        _loop.Poll(timeoutMilliseconds, this);
    }

    /// <summary>Resets what is open, lets what is closing say its last words, which the loop bounds in time, and ends the loop.</summary>
    public void Dispose()
    {
        for (var slot = 0; slot < _places.Length; slot++)
        {
            Close(slot, abort: true);
        }

        while (_loop.Count > 0)
        {
            _loop.Poll(ClosingPollMilliseconds, this);
        }

        _loop.Dispose();
    }

    int ISocketEvents.OnAccepted(in SocketPeer peer) => throw new InvalidOperationException("A fleet does not listen.");

    void ISocketEvents.OnConnected(int slot)
    {
        if (IsCurrent(slot))
        {
            _events!.OnConnected(slot % _places.Length);
        }
    }

    int ISocketEvents.OnReceived(int slot, ReadOnlySpan<byte> bytes) => IsCurrent(slot) ? _events!.OnReceived(slot % _places.Length, bytes) : bytes.Length;

    void ISocketEvents.OnSent(int slot, int unsent)
    {
        // A car's window bounds what waits.
    }

    void ISocketEvents.OnClosed(int slot, SocketError error)
    {
        var car = slot % _places.Length;
        if (!IsCurrent(slot))
        {
            _places[car] &= ~Place.Abandoned;
            return;
        }

        _places[car] &= ~Place.Open;
        _events!.OnClosed(car, error);
    }

    private void CloseOpen(int slot, bool abort)
    {
        if (_places[slot].HasFlag(Place.Open))
        {
            _places[slot] &= ~Place.Open;
            _loop.Close(SocketOf(slot), abort);
        }
    }

    private void CloseAbandoned(int slot)
    {
        if (_places[slot].HasFlag(Place.Abandoned))
        {
            _places[slot] &= ~Place.Abandoned;
            _loop.Close(SocketOf(slot) == slot ? slot + _places.Length : slot, abort: true);
        }
    }

    private int SocketOf(int slot) => _places[slot].HasFlag(Place.Second) ? slot + _places.Length : slot;

    private bool IsCurrent(int socket) => SocketOf(socket % _places.Length) == socket;
}
