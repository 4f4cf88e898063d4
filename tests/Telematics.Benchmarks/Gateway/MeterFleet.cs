using System.Net;
using System.Net.Sockets;
using System.Text;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Telematics.Mqtt.Sockets;

namespace Telematics.Benchmarks.Gateway;

/// <summary>Connections of cars on a socket loop of their own: connected, idle, or each publishing when its last message is acknowledged.</summary>
internal sealed class MeterFleet : ISocketEvents, IDisposable
{
    private const int MostConnecting = 256;
    private const int PerAddress = 10_000;

    private readonly SocketLoop _sockets = new(new SocketLoopOptions());
    private readonly IPEndPoint _server;
    private readonly Thread _thread;
    private readonly byte[][] _publishes;
    private readonly Queue<int> _toConnect = new();
    private readonly byte[] _scratch = new byte[256];
    private volatile bool _isStopping;
    private volatile bool _isPublishing;
    private volatile Exception? _fault;
    private bool _hasBegun;
    private int _connecting;
    private int _connected;
    private int _toDrop;
    private long _acknowledged;

    public MeterFleet(int port, int connections, int payload)
    {
        _server = new IPEndPoint(IPAddress.Loopback, port);
        _publishes = [.. Enumerable.Range(0, connections).Select(i => MakePublish(i, payload))];
        for (var i = 0; i < connections; i++)
        {
            _toConnect.Enqueue(i);
        }

        _thread = new Thread(Run) { IsBackground = true, Name = "meter" };
        _thread.Start();
    }

    public long Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>Whether messages are sent.</summary>
    public bool IsPublishing
    {
        get => _isPublishing;
        set
        {
            _isPublishing = value;
            _sockets.Wake();
        }
    }

    /// <summary>Waits until all have their CONNACK.</summary>
    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        while (Volatile.Read(ref _connected) < _publishes.Length || Volatile.Read(ref _toDrop) > 0)
        {
            if (_fault is { } fault)
            {
                throw new InvalidOperationException("The clients failed.", fault);
            }

            await Task.Delay(20, cancellationToken);
        }
    }

    /// <summary>Drops so many connections at once and connects them again.</summary>
    public async Task ReconnectAsync(int count, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _toDrop, count);
        _sockets.Wake();
        await ConnectAsync(cancellationToken);
    }

    public int OnAccepted(in SocketPeer peer) => throw new InvalidOperationException();

    public void OnConnected(int slot)
    {
        var packet = new ConnectPacket { Version = MqttProtocolVersion.V311, CleanStart = true, KeepAlive = 300, ClientId = ClientId(slot) };
        _sockets.Send(slot, _scratch.AsSpan(0, packet.Write(_scratch)));
    }

    public int OnReceived(int slot, ReadOnlySpan<byte> bytes)
    {
        var consumed = 0;
        while (MqttFixedHeader.Read(bytes[consumed..], 1_024, out var header, out _) == MqttFrameStatus.Complete)
        {
            consumed += header.PacketLength;
            if (header.Type == MqttPacketType.Connack)
            {
                _connecting--;
                Volatile.Write(ref _connected, _connected + 1);
            }
            else if (header.Type == MqttPacketType.Puback)
            {
                Volatile.Write(ref _acknowledged, _acknowledged + 1);
                if (_isPublishing)
                {
                    _sockets.Send(slot, _publishes[slot]);
                }
            }
        }

        return consumed;
    }

    public void OnSent(int slot, int unsent)
    {
        // The next message waits for the acknowledgement anyway.
    }

    public void OnClosed(int slot, SocketError error) => throw new InvalidOperationException($"The gateway closed connection {slot}: {error}.");

    public void Dispose()
    {
        _isStopping = true;
        _sockets.Wake();
        _thread.Join();
    }

#pragma warning disable CA1031 // told to who waits
    private void Run()
    {
        try
        {
            using var sockets = _sockets;
            sockets.Attach();
            while (!_isStopping)
            {
                Drop();
                while (_connecting < MostConnecting && _toConnect.TryDequeue(out var slot))
                {
                    _connecting++;
                    sockets.Connect(slot, _server, new IPAddress([127, 0, 0, (byte)(2 + (slot / PerAddress))]));
                }

                if (_isPublishing && !_hasBegun)
                {
                    _hasBegun = true;
                    for (var slot = 0; slot < _publishes.Length; slot++)
                    {
                        sockets.Send(slot, _publishes[slot]);
                    }
                }

                sockets.Poll(100, this);
            }
        }
        catch (Exception exception)
        {
            _fault = exception;
        }
    }
#pragma warning restore CA1031

    private void Drop()
    {
        for (var slot = 0; slot < _toDrop; slot++)
        {
            _sockets.Close(slot, abort: true);
            _toConnect.Enqueue(slot);
            Volatile.Write(ref _connected, _connected - 1);
        }

        Volatile.Write(ref _toDrop, 0);
    }

    // As long as a VIN.
    private static byte[] ClientId(int slot) => Encoding.ASCII.GetBytes($"LSVAA4187E{slot:D7}");

    private static byte[] MakePublish(int slot, int payload)
    {
        var packet = new PublishPacket
        {
            Topic = [.. "telemetry/"u8, .. ClientId(slot)],
            PacketId = 1,
            QualityOfService = QualityOfService.AtLeastOnce,
            Payload = new byte[payload],
        };
        var bytes = new byte[packet.GetLength(MqttProtocolVersion.V311)];
        packet.Write(bytes, MqttProtocolVersion.V311);
        return bytes;
    }
}
