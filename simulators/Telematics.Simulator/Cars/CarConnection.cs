using System.Buffers;
using System.Text;
using Telematics.Contracts;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Telematics.Mqtt.Timing;
using Telematics.Simulator.Driving;

namespace Telematics.Simulator.Cars;

/// <summary>A car's MQTT connection: connecting with back-off, CONNECT and CONNACK, framing, keep-alive.</summary>
internal sealed class CarConnection(CarEnvironment environment, Car car)
{
    private const int MaximumPacketSize = 65_536;
    private const uint SessionExpirySeconds = 300;
    private static readonly TimeSpan ConnackTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(30);

    private DriveRandom _random = DriveRandom.For(environment.Options.Seed, car.Number, purpose: 2);
    private TimerHandle _timer;
    private long _lastSent;
    private long _onlineSince;
    private ushort _keepAliveSeconds;
    private byte _failures;
    private bool _isPingOpen;
    private bool _wasConnected;

    /// <summary>How far it is.</summary>
    public CarState State { get; private set; }

    /// <summary>Whether a connection is being made, which not too many may at a time.</summary>
    public bool IsConnecting => State is CarState.Connecting or CarState.AwaitingConnack;

    /// <summary>Whether the scenario has taken it off the network, and it is not back yet.</summary>
    public bool IsAway { get; private set; }

    /// <summary>Connects after a time.</summary>
    public void ConnectAfter(TimeSpan delay)
    {
        State = CarState.Offline;
        SetTimer(delay, CarTimerKind.Connect);
    }

    /// <summary>The time to connect has come: <see cref="Connect"/> when it is this car's turn.</summary>
    public void Wait()
    {
        _timer = default;
        State = CarState.Waiting;
    }

    /// <summary>
    /// Leaves the network for a time, as the scenario has it: with a reset, or without a word, so that the server learns
    /// of it by silence only.
    /// </summary>
    public void Leave()
    {
        if (environment.Scenario.IsSilent)
        {
            environment.Transport.Abandon(car.Slot);
        }
        else
        {
            environment.Transport.Close(car.Slot, abort: true);
        }

        environment.Counters.Connected--;
        environment.Counters.Away++;
        IsAway = true;
        ConnectAfter(environment.Scenario.GetAway(_random.NextDouble()));
    }

    /// <summary>Begins to connect.</summary>
    public void Connect()
    {
        State = CarState.Connecting;
        SetTimer(ConnackTimeout, CarTimerKind.ConnackDeadline);
        environment.Transport.Connect(car.Slot);
    }

    /// <summary>TCP is there: says CONNECT.</summary>
    public void OnConnected()
    {
        State = CarState.AwaitingConnack;
        var keepAlive = environment.Options.PlannedKeepAlive;
        Span<byte> clientId = stackalloc byte[VehicleId.MaxLength];
        clientId = clientId[..environment.WriteVehicleId(car.Number, clientId)];
        var secret = environment.Options.Credentials.Count == 0 ? null : environment.Options.Credentials.GetValueOrDefault(Encoding.ASCII.GetString(clientId));
        Span<byte> buffer = stackalloc byte[32];
        var properties = new MqttPropertyWriter(buffer);
        if (environment.Options.Version == MqttProtocolVersion.V500)
        {
            properties.Add(MqttPropertyId.SessionExpiryInterval, SessionExpirySeconds);
            properties.Add(MqttPropertyId.ReceiveMaximum, FleetOptions.MaximumWindow);
            properties.Add(MqttPropertyId.MaximumPacketSize, MaximumPacketSize);
        }

        var packet = new ConnectPacket
        {
            Version = environment.Options.Version,

            // The first time a session of an earlier run is of no use: what it was about is forgotten here. 3.1.1 cannot
            // begin anew and be kept, so there an old session is taken over.
            CleanStart = !_wasConnected && environment.Options.Version == MqttProtocolVersion.V500,
            KeepAlive = keepAlive,
            Properties = properties.Properties,
            ClientId = clientId,
            HasUserName = secret is not null,
            UserName = secret is null ? default : clientId,
            HasPassword = secret is not null,
            Password = secret is null ? default : Encoding.UTF8.GetBytes(secret),
        };
        packet.Write(environment.Output);
    }

    /// <summary>Takes whole packets from what came; answers how many bytes they are.</summary>
    public int OnReceived(ReadOnlySpan<byte> bytes)
    {
        _isPingOpen = false;
        var rest = bytes;
        while (IsConnecting || State == CarState.Online)
        {
            var status = MqttFixedHeader.Read(rest, MaximumPacketSize, out var header, out var error);
            if (status == MqttFrameStatus.Invalid)
            {
                Fail(error);
                break;
            }

            if (status == MqttFrameStatus.Incomplete)
            {
                return bytes.Length - rest.Length;
            }

            Handle(header, rest[header.HeaderLength..header.PacketLength]);
            rest = rest[header.PacketLength..];
        }

        // Nobody reads any more.
        return bytes.Length;
    }

    /// <summary>The connection is gone, or could not be made: tries again later.</summary>
    public void OnClosed(string reason)
    {
        var wasOnline = State == CarState.Online;
        EndAway();
        environment.Counters.LastProblem = new CarProblem(car.Number, wasOnline ? "connection lost" : "cannot connect", reason);
        if (wasOnline)
        {
            environment.Counters.Connected--;
            environment.Counters.ConnectionsLost++;

            // One that is taken away again and again (two fleets with the same ids) backs off like one that never comes.
            if (environment.Clock.GetElapsedTime(_onlineSince) > LongestBackOff)
            {
                _failures = 0;
            }
        }
        else
        {
            environment.Counters.ConnectFailures++;
        }

        // 0.5 s, 1 s, 2 s, ... up to 30 s, each shortened at random by up to half, so that a fleet does not come back as one.
        var delay = Math.Min(FirstBackOff.TotalSeconds * Math.Pow(2, Math.Min((int)_failures, 10)), LongestBackOff.TotalSeconds);
        _failures = (byte)Math.Min(_failures + 1, 100);
        ConnectAfter(TimeSpan.FromSeconds(delay * _random.Between(0.5, 1)));
    }

    /// <summary>A deadline of the connection has come; true when the car is to wait for its turn to connect.</summary>
    public bool OnTimer(TimerHandle handle, CarTimerKind kind)
    {
        if (handle != _timer)
        {
            return false;
        }

        _timer = default;
        switch (kind)
        {
            case CarTimerKind.Connect:
                Wait();
                return true;
            case CarTimerKind.ConnackDeadline:
                Drop("no CONNACK in time");
                break;
            default:
                KeepAlive();
                break;
        }

        return false;
    }

    /// <summary>Something was sent.</summary>
    public void OnSent() => _lastSent = environment.Clock.GetTimestamp();

    /// <summary>Ends the connection for good; with <paramref name="disconnect"/> the server is told, and keeps no session.</summary>
    public void Stop(bool disconnect)
    {
        environment.Wheel.Cancel(_timer);
        EndAway();
        if (State == CarState.Online)
        {
            environment.Counters.Connected--;
            if (disconnect)
            {
                SendDisconnect(MqttReasonCode.Success);
            }
        }

        environment.Transport.Close(car.Slot, abort: !disconnect);
        State = CarState.Stopped;
    }

    /// <summary>Closes a connection on which the server broke the protocol.</summary>
    public void Fail(MqttError error)
    {
        environment.Counters.ProtocolErrors++;
        if (State == CarState.Online && environment.Options.Version == MqttProtocolVersion.V500)
        {
            SendDisconnect(error.ReasonCode);
        }

        Drop(error.Text);
    }

    private void Handle(MqttFixedHeader header, ReadOnlySpan<byte> body)
    {
        var version = environment.Options.Version;
        MqttError error;
        if (State == CarState.AwaitingConnack)
        {
            if (header.Type != MqttPacketType.Connack)
            {
                Fail(MqttError.Protocol($"{header.Type} before CONNACK"));
            }
            else if (ConnackPacket.TryParse(body, version, out var connack, out error))
            {
                OnConnack(connack);
            }
            else
            {
                Fail(error);
            }

            return;
        }

        switch (header.Type)
        {
            case MqttPacketType.Publish:
                if (PublishPacket.TryParse(body, header.Flags, version, MqttSender.Server, out var publish, out error))
                {
                    car.OnPublish(publish);
                    return;
                }

                break;
            case MqttPacketType.Puback:
                if (PubackPacket.TryParse(body, header.Type, version, out var puback, out error))
                {
                    car.OnPuback(puback);
                    return;
                }

                break;
            case MqttPacketType.Pingresp:
                if (PingPacket.TryParse(body, out error))
                {
                    return;
                }

                break;
            case MqttPacketType.Disconnect:
                if (DisconnectPacket.TryParse(body, version, MqttSender.Server, out var disconnect, out error))
                {
                    Drop($"DISCONNECT with {disconnect.ReasonCode}");
                    return;
                }

                break;
            default:
                error = MqttError.Protocol($"{header.Type} is nothing that this client asked for");
                break;
        }

        Fail(error);
    }

    private void OnConnack(ConnackPacket connack)
    {
        if (connack.ReasonCode != MqttReasonCode.Success)
        {
            Drop($"CONNACK with {connack.ReasonCode}");
            return;
        }

        State = CarState.Online;
        EndAway();
        _onlineSince = environment.Clock.GetTimestamp();
        _isPingOpen = false;
        _keepAliveSeconds = (ushort)connack.Properties.GetNumber(MqttPropertyId.ServerKeepAlive, environment.Options.PlannedKeepAlive);
        environment.Counters.Connects++;
        environment.Counters.Connected++;
        if (!_wasConnected)
        {
            _wasConnected = true;
            environment.Counters.EverConnected++;
        }

        environment.Wheel.Cancel(_timer);
        _timer = default;
        if (_keepAliveSeconds > 0)
        {
            SetTimer(TimeSpan.FromSeconds(_keepAliveSeconds / 2.0), CarTimerKind.KeepAlive);
        }

        car.OnOnline(
            connack.SessionPresent,
            (int)connack.Properties.GetNumber(MqttPropertyId.ReceiveMaximum, ushort.MaxValue),
            (int)Math.Min(connack.Properties.GetNumber(MqttPropertyId.MaximumPacketSize, MaximumPacketSize), MaximumPacketSize));
    }

    private void KeepAlive()
    {
        if (_isPingOpen)
        {
            Drop("no PINGRESP in time");
            return;
        }

        // Half the Keep Alive without a packet: then there is time for an answer before the server's patience ends.
        var half = environment.ToTicks(TimeSpan.FromSeconds(_keepAliveSeconds / 2.0));
        var silence = environment.Clock.GetTimestamp() - _lastSent;
        if (silence >= half)
        {
            environment.Output.Write(PrebuiltPackets.Pingreq);
            _isPingOpen = true;
            silence = 0;
        }

        _timer = environment.Wheel.Add(environment.Clock.GetTimestamp() + half - silence, new CarTimer(car.Slot, CarTimerKind.KeepAlive));
    }

    private void Drop(string reason)
    {
        car.Flush();
        environment.Transport.Close(car.Slot, abort: false);
        car.OnClosed(reason);
    }

    private void SendDisconnect(MqttReasonCode reason)
    {
        Span<byte> buffer = stackalloc byte[8];
        var properties = new MqttPropertyWriter(buffer);
        if (reason == MqttReasonCode.Success && environment.Options.Version == MqttProtocolVersion.V500)
        {
            properties.Add(MqttPropertyId.SessionExpiryInterval, 0);
        }

        new DisconnectPacket { ReasonCode = reason, Properties = properties.Properties }.Write(environment.Output, environment.Options.Version);
        car.Flush();
    }

    private void EndAway()
    {
        if (IsAway)
        {
            IsAway = false;
            environment.Counters.Away--;
        }
    }

    private void SetTimer(TimeSpan delay, CarTimerKind kind)
    {
        environment.Wheel.Cancel(_timer);
        _timer = environment.Wheel.Add(environment.Clock.GetTimestamp() + environment.ToTicks(delay), new CarTimer(car.Slot, kind));
    }
}
