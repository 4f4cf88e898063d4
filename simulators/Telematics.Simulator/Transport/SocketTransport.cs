using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Telematics.Simulator.Transport;

/// <summary>
/// Connections over .NET sockets. Completions only note which connection has something, and wake the worker; reading and
/// writing happen on the worker's thread. An idle connection waits with an empty read and so holds no buffer.
/// </summary>
internal sealed class SocketTransport : IFleetTransport
{
    private readonly IPEndPoint _gateway;
    private readonly Func<int, IPAddress?> _sourceAddress;
    private readonly Connection?[] _connections;
    private readonly Dictionary<int, Connection> _abandoned = [];
    private readonly ConcurrentQueue<(Connection Connection, SocketSignal Signal)> _signals = new();
    private readonly Queue<(int Slot, SocketError Error)> _failed = new();
    private readonly ManualResetEventSlim _wake = new();
    private readonly byte[] _received = new byte[64 * 1024];

    /// <summary>A transport for so many slots.</summary>
    /// <param name="gateway">Where all connect to.</param>
    /// <param name="slots">Number of slots.</param>
    /// <param name="sourceAddress">From which address a slot connects; null leaves it to the system.</param>
    public SocketTransport(IPEndPoint gateway, int slots, Func<int, IPAddress?> sourceAddress)
    {
        _gateway = gateway;
        _sourceAddress = sourceAddress;
        _connections = new Connection?[slots];
    }

    public void Attach()
    {
        // Sockets of .NET are at home on any thread.
    }

    public void Connect(int slot)
    {
        CloseOpen(slot, abort: true);
        try
        {
            var connection = new Connection(this, slot, new Socket(_gateway.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
            _connections[slot] = connection;
            connection.Socket.NoDelay = true;
            connection.Socket.Blocking = false;
            if (_sourceAddress(slot) is { } source)
            {
                LinuxSocket.BindAddressWithoutPort(connection.Socket, source);
            }

            connection.BeginConnect(_gateway);
        }
        catch (SocketException e)
        {
            // No free file, no free port: the same to the car as a gateway that is away.
            CloseOpen(slot, abort: true);
            _failed.Enqueue((slot, e.SocketErrorCode));
        }
    }

    public void Send(int slot, ReadOnlySpan<byte> bytes)
    {
        if (_connections[slot] is not { } connection || connection.Fault != SocketError.Success)
        {
            return;
        }

        if (!connection.IsSending)
        {
            var sent = connection.Socket.Send(bytes, SocketFlags.None, out var error);
            if (error is not (SocketError.Success or SocketError.WouldBlock))
            {
                connection.Fail(error);
                return;
            }

            bytes = error == SocketError.Success ? bytes[sent..] : bytes;
        }

        if (!bytes.IsEmpty)
        {
            connection.SendLater(bytes);
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
        if (_connections[slot] is { } connection)
        {
            _abandoned[slot] = connection;
            _connections[slot] = null;
        }
    }

    public void Poll(int timeoutMilliseconds, ITransportEvents events)
    {
        for (var left = _failed.Count; left > 0; left--)
        {
            var (slot, error) = _failed.Dequeue();
            events.OnClosed(slot, error);
        }

        if (_signals.IsEmpty)
        {
            _wake.Wait(timeoutMilliseconds);
        }

        // Before the queue is looked at: what is posted from here on wakes the next call.
        _wake.Reset();

        // What comes while this runs waits for the next call, so that one busy connection does not stop the timers.
        for (var left = _signals.Count; left > 0 && _signals.TryDequeue(out var next); left--)
        {
            var (connection, signal) = next;
            if (_connections[connection.Slot] == connection)
            {
                Handle(connection, signal, events);
            }
        }
    }

    public void Dispose()
    {
        for (var slot = 0; slot < _connections.Length; slot++)
        {
            Close(slot, abort: true);
        }

        // A completion under way may still set the event, so it is left to the collector.
    }

    private void Handle(Connection connection, SocketSignal signal, ITransportEvents events)
    {
        switch (signal)
        {
            case SocketSignal.Connected:
                events.OnConnected(connection.Slot);
                if (_connections[connection.Slot] == connection)
                {
                    connection.AwaitBytes();
                }

                break;
            case SocketSignal.Readable:
                Read(connection, events);
                break;
            case SocketSignal.Writable:
                connection.OnWritable();
                break;
            default:
                CloseAndTell(connection, connection.Fault, events);
                break;
        }
    }

    private void CloseAndTell(Connection connection, SocketError error, ITransportEvents events)
    {
        CloseOpen(connection.Slot, abort: true);
        events.OnClosed(connection.Slot, error);
    }

    private void CloseOpen(int slot, bool abort)
    {
        _connections[slot]?.Close(abort);
        _connections[slot] = null;
    }

    private void CloseAbandoned(int slot)
    {
        if (_abandoned.Remove(slot, out var connection))
        {
            connection.Close(abort: true);
        }
    }

    private void Read(Connection connection, ITransportEvents events)
    {
        var count = connection.Socket.Receive(_received, SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock)
        {
            connection.AwaitBytes();
            return;
        }

        if (error != SocketError.Success || count == 0)
        {
            CloseAndTell(connection, error, events);
            return;
        }

        connection.HandIn(_received.AsSpan(0, count), events);
        if (_connections[connection.Slot] == connection)
        {
            connection.AwaitBytes();
        }
    }

    public void Post(Connection connection, SocketSignal signal)
    {
        _signals.Enqueue((connection, signal));
        if (!_wake.IsSet)
        {
            _wake.Set();
        }
    }
}
