using System.Net.Sockets;
using System.Text;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Telematics.Simulator.Planning;
using Telematics.Simulator.Transport;
using Telematics.Simulator.Workers;

namespace Telematics.Simulator.Meters;

/// <summary>
/// One thread with a part of the clients: they connect, keep their connection alive, and, when told, publish in a closed
/// loop: each has its window full, and the next publish follows a PUBACK.
/// </summary>
internal sealed class MeterWorker : ITransportEvents
{
    private const int PollMilliseconds = 10;
    private const int MaximumPacketSize = 65_536;
    private const int LongestHeader = 4_096; // with a topic of 256 characters in which the client id stands up to 25 times

    private readonly MeterOptions _options;
    private readonly IFleetTransport _transport;
    private readonly NumberRange _numbers;
    private readonly WorkerPace _pace;
    private readonly TimeProvider _clock;
    private readonly MeterTimes _times;
    private readonly MeterPayload _payload;
    private readonly MeterClient[] _clients;
    private readonly long[] _sentAt;
    private readonly Queue<int> _toConnect = new();
    private readonly byte[] _output;
    private readonly int _longestPublish;
    private int _connecting;
    private long _begin;
    private int _begun;
    private long _pinged;
    private int _keepAliveSeconds;
    private bool _publishes;
    private volatile bool _isToPublish;
    private volatile bool _isToStop;
    private int _isToReconnect;

    /// <summary>A worker for the clients with these numbers.</summary>
    public MeterWorker(MeterOptions options, IFleetTransport transport, NumberRange numbers, WorkerPace pace, TimeProvider clock, MeterTimes times)
    {
        _options = options;
        _transport = transport;
        _numbers = numbers;
        _pace = pace;
        _clock = clock;
        _times = times;
        _payload = new MeterPayload(options.PayloadBytes);
        _clients = new MeterClient[numbers.Count];
        _sentAt = new long[numbers.Count * options.Window];
        _longestPublish = options.PayloadBytes + LongestHeader;
        _output = new byte[options.Window * _longestPublish];
        _keepAliveSeconds = options.KeepAliveSeconds;
        _begin = clock.GetTimestamp();
    }

    public MeterCounters Counters { get; } = new();

    /// <summary>Begins to publish. From any thread.</summary>
    public void Publish() => _isToPublish = true;

    /// <summary>Cuts so many connections and makes them again. From any thread.</summary>
    public void Reconnect(int count) => Interlocked.Exchange(ref _isToReconnect, count);

    /// <summary>Ends. From any thread.</summary>
    public void Stop() => _isToStop = true;

    /// <summary>Runs until it is to stop.</summary>
    public void Run()
    {
        using var transport = _transport;
        transport.Attach();
        _begin = _clock.GetTimestamp();
        while (!_isToStop)
        {
            RunOnce(PollMilliseconds);
        }
    }

    /// <summary>Handles what has happened.</summary>
    public void RunOnce(int timeoutMilliseconds)
    {
        _transport.Poll(timeoutMilliseconds, this);
        if (_isToPublish && !_publishes)
        {
            _publishes = true;
            for (var slot = 0; slot < _clients.Length; slot++)
            {
                BeginToPublish(slot);
            }
        }

        if (Interlocked.Exchange(ref _isToReconnect, 0) is > 0 and var count)
        {
            CutAndConnect(Math.Min(count, _clients.Length));
        }

        ConnectDue();
        PingDue();
    }

    public void OnConnected(int slot)
    {
        var clientId = Encoding.UTF8.GetBytes(GetClientId(slot));
        var packet = new ConnectPacket { Version = _options.Version, CleanStart = true, KeepAlive = _options.KeepAliveSeconds, ClientId = clientId };
        var bytes = new byte[packet.GetLength()];
        packet.Write(bytes);
        _transport.Send(slot, bytes);
    }

    public int OnReceived(int slot, ReadOnlySpan<byte> bytes)
    {
        var rest = bytes;
        var written = 0;
        while (_clients[slot].State != MeterClientState.Closed)
        {
            var status = MqttFixedHeader.Read(rest, MaximumPacketSize, out var header, out var error);
            if (status == MqttFrameStatus.Incomplete)
            {
                break;
            }

            if (status == MqttFrameStatus.Invalid || !TryHandle(slot, header, rest[header.HeaderLength..header.PacketLength], ref written, out error))
            {
                Fail(slot, error.Text);
                return bytes.Length;
            }

            rest = rest[header.PacketLength..];
        }

        if (written > 0)
        {
            _transport.Send(slot, _output.AsSpan(0, written));
        }

        return bytes.Length - rest.Length;
    }

    public void OnClosed(int slot, SocketError error) => Fail(slot, error == SocketError.Success ? "closed by the server" : error.ToString());

    private bool TryHandle(int slot, MqttFixedHeader header, ReadOnlySpan<byte> body, ref int written, out MqttError error)
    {
        switch (header.Type)
        {
            case MqttPacketType.Connack when _clients[slot].State == MeterClientState.Connecting:
                if (!ConnackPacket.TryParse(body, _options.Version, out var connack, out error))
                {
                    return false;
                }

                if (connack.ReasonCode != MqttReasonCode.Success)
                {
                    error = MqttError.Protocol($"CONNACK with {connack.ReasonCode}");
                    return false;
                }

                OnAccepted(slot, connack);
                return true;
            case MqttPacketType.Puback:
                if (!PubackPacket.TryParse(body, header.Type, _options.Version, out var puback, out error))
                {
                    return false;
                }

                if (puback.PacketId == 0 || puback.PacketId > _options.Window)
                {
                    error = MqttError.Protocol($"PUBACK for packet identifier {puback.PacketId}, which is not in use");
                    return false;
                }

                OnPuback(slot, puback, ref written);
                return true;
            case MqttPacketType.Pingresp:
            case MqttPacketType.Publish: // a command for a car, which a meter is not
                error = default;
                return true;
            default:
                error = MqttError.Protocol($"{header.Type} from the server");
                return false;
        }
    }

    private void OnAccepted(int slot, in ConnackPacket connack)
    {
        ref var client = ref _clients[slot];
        client.State = MeterClientState.Online;
        client.Window = (ushort)Math.Min(_options.Window, connack.Properties.GetNumber(MqttPropertyId.ReceiveMaximum, ushort.MaxValue));
        _keepAliveSeconds = (int)connack.Properties.GetNumber(MqttPropertyId.ServerKeepAlive, _options.KeepAliveSeconds);
        _times.Connacks.Record((long)_clock.GetElapsedTime(client.ConnectedAt).TotalMicroseconds);
        _connecting--;
        Counters.Connects++;
        Counters.Connected++;
        if (_publishes)
        {
            BeginToPublish(slot);
        }
    }

    private void OnPuback(int slot, in PubackPacket puback, ref int written)
    {
        _times.Pubacks.Record((long)_clock.GetElapsedTime(_sentAt[(slot * _options.Window) + puback.PacketId - 1]).TotalMicroseconds);
        if (puback.ReasonCode >= MqttReasonCode.UnspecifiedError)
        {
            Counters.Refused++;
            Counters.LastFailure = $"PUBACK with {puback.ReasonCode}";
        }
        else
        {
            Counters.Acknowledged++;
        }

        if (_output.Length - written < _longestPublish)
        {
            _transport.Send(slot, _output.AsSpan(0, written));
            written = 0;
        }

        written += WritePublish(slot, puback.PacketId, _output.AsSpan(written));
    }

    private void BeginToPublish(int slot)
    {
        if (_clients[slot].State != MeterClientState.Online)
        {
            return;
        }

        var written = 0;
        for (ushort packetId = 1; packetId <= _clients[slot].Window; packetId++)
        {
            written += WritePublish(slot, packetId, _output.AsSpan(written));
        }

        _transport.Send(slot, _output.AsSpan(0, written));
    }

    private int WritePublish(int slot, ushort packetId, Span<byte> destination)
    {
        _sentAt[(slot * _options.Window) + packetId - 1] = _clock.GetTimestamp();
        _clients[slot].Topic ??= Encoding.UTF8.GetBytes(_options.Topic.Replace(MeterOptions.ClientIdMark, GetClientId(slot), StringComparison.Ordinal));
        var packet = new PublishPacket
        {
            QualityOfService = QualityOfService.AtLeastOnce,
            Topic = _clients[slot].Topic,
            PacketId = packetId,
            Payload = _payload.Next(_clock),
        };
        return packet.Write(destination, _options.Version);
    }

    private void ConnectDue()
    {
        var due = _pace.ConnectRate == 0 ? _clients.Length : (int)Math.Min(_clients.Length, _clock.GetElapsedTime(_begin).TotalSeconds * _pace.ConnectRate);
        for (; _begun < due; _begun++)
        {
            _toConnect.Enqueue(_begun);
        }

        while (_connecting < _pace.MaximumConnecting && _toConnect.TryDequeue(out var slot))
        {
            _connecting++;
            _clients[slot].State = MeterClientState.Connecting;
            _clients[slot].ConnectedAt = _clock.GetTimestamp();
            _transport.Connect(slot);
        }
    }

    private void CutAndConnect(int count)
    {
        for (var slot = 0; slot < count; slot++)
        {
            if (_clients[slot].State == MeterClientState.Online)
            {
                _transport.Close(slot, abort: true);
                Counters.Connected--;
                _clients[slot].State = MeterClientState.Closed;
                _toConnect.Enqueue(slot);
            }
        }
    }

    /// <summary>Goes through the clients once in each half Keep Alive.</summary>
    private void PingDue()
    {
        if (_keepAliveSeconds == 0 || _publishes)
        {
            return;
        }

        var due = (long)(_clock.GetElapsedTime(_begin).TotalSeconds * 2 / _keepAliveSeconds * _clients.Length);
        for (; _pinged < due; _pinged++)
        {
            var slot = (int)(_pinged % _clients.Length);
            if (_clients[slot].State == MeterClientState.Online)
            {
                _transport.Send(slot, PrebuiltPackets.Pingreq);
            }
        }
    }

    private void Fail(int slot, string reason)
    {
        switch (_clients[slot].State)
        {
            case MeterClientState.Connecting:
                _connecting--;
                break;
            case MeterClientState.Online:
                Counters.Connected--;
                break;
            default:
                return;
        }

        _clients[slot].State = MeterClientState.Closed;
        _transport.Close(slot, abort: true);
        Counters.Failed++;
        Counters.LastFailure = $"{GetClientId(slot)}: {reason}";
    }

    private string GetClientId(int slot) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{_options.Prefix}{_numbers[slot]:D6}");
}
