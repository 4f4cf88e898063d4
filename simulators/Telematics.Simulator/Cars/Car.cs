using System.Text;
using System.Text.Json;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Contracts.Telemetry;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Telematics.Mqtt.Timing;
using Telematics.Simulator.Driving;

namespace Telematics.Simulator.Cars;

/// <summary>One car: drives, reports, obeys. All calls come from its worker's thread.</summary>
internal sealed class Car
{
    private const int FullSpeedStep = 1_000;
    private static readonly TimeSpan CommandWork = TimeSpan.FromMilliseconds(150);

    private readonly CarEnvironment _environment;
    private readonly CarConnection _connection;
    private readonly CarOutbox _outbox;
    private readonly Drive _drive;
    private readonly double _phase;
    private CommandBook? _commands;
    private long _interval;
    private TimerHandle _reportTimer;
    private long _reportDue;
    private long _modelTime;
    private long _lastDeviceTime;

    public Car(CarEnvironment environment, int slot, int number)
    {
        var options = environment.Options;
        _environment = environment;
        Slot = slot;
        VehicleId = options.VehicleIdOf(number);
        var id = Encoding.ASCII.GetBytes(VehicleId);
        _outbox = new CarOutbox(environment, id);
        _connection = new CarConnection(environment, this, id, options.Credentials.GetValueOrDefault(VehicleId), DriveRandom.For(options.Seed, number, purpose: 2));
        _drive = new Drive(options.Seed, number);
        _interval = (long)options.Interval.TotalMilliseconds;

        // When within the interval it reports: its own, so that a fleet does not report all at once.
        _phase = DriveRandom.For(options.Seed, number, purpose: 3).NextDouble();
    }

    /// <summary>Its place among its worker's connections.</summary>
    public int Slot { get; }

    /// <summary>Vehicle id, client id and user name.</summary>
    public string VehicleId { get; }

    /// <summary>How far its connection is.</summary>
    public CarState State => _connection.State;

    /// <summary>Whether a connection is being made.</summary>
    public bool IsConnecting => _connection.IsConnecting;

    /// <summary>Whether nothing is left to be said, or answered.</summary>
    public bool IsDone => _outbox.IsEmpty && _commands is not { IsWorking: true };

    private bool IsFullSpeed => _interval == 0;

    /// <summary>Begins to live: connects after a time.</summary>
    public void Start(TimeSpan connectAfter)
    {
        _connection.ConnectAfter(connectAfter);
        if (!IsFullSpeed)
        {
            ScheduleReport(_environment.Clock.GetTimestamp() + IntervalTicks((long)(_phase * _interval)));
        }
    }

    /// <summary>It is this car's turn to connect.</summary>
    public void Connect() => _connection.Connect();

    /// <summary>TCP is there.</summary>
    public void OnConnected()
    {
        _connection.OnConnected();
        Flush();
    }

    /// <summary>Bytes came.</summary>
    public void OnReceived(ReadOnlySpan<byte> bytes)
    {
        _connection.OnReceived(bytes);
        FillAndFlush();
    }

    /// <summary>The connection is gone.</summary>
    public void OnClosed(string reason)
    {
        _outbox.OnConnectionLost();
        _environment.Output.ResetWrittenCount();
        _connection.OnClosed(reason);
    }

    /// <summary>A deadline has come; true when the car wants to connect.</summary>
    public bool OnTimer(TimerHandle handle, CarTimerKind kind)
    {
        if (State == CarState.Stopped)
        {
            return false;
        }

        var wantsToConnect = false;
        switch (kind)
        {
            case CarTimerKind.Report when handle == _reportTimer:
                Report();
                break;
            case CarTimerKind.CommandDone:
                FinishCommand();
                break;
            default:
                wantsToConnect = _connection.OnTimer(handle, kind);
                break;
        }

        FillAndFlush();
        return wantsToConnect;
    }

    /// <summary>The server has accepted the connection.</summary>
    public void OnOnline(bool isSessionPresent, int receiveMaximum, int maximumPacketSize) =>
        _outbox.OnConnected(isSessionPresent, receiveMaximum, maximumPacketSize);

    /// <summary>A message from the server: only commands are addressed to cars.</summary>
    public void OnPublish(in PublishPacket packet)
    {
        if (packet.QualityOfService == QualityOfService.ExactlyOnce)
        {
            _connection.Fail(new MqttError(MqttReasonCode.ImplementationSpecificError, "QoS 2 without a subscription that grants it"));
            return;
        }

        var isCommand = packet.Topic.StartsWith("command/"u8);
        var reason = !isCommand || TakeCommand(packet.Payload) ? MqttReasonCode.Success : MqttReasonCode.PayloadFormatInvalid;
        if (packet.QualityOfService == QualityOfService.AtLeastOnce)
        {
            new PubackPacket { PacketId = packet.PacketId, ReasonCode = reason }.Write(_environment.Output, MqttPacketType.Puback, _environment.Options.Version);
        }
    }

    /// <summary>The server has stored a message.</summary>
    public void OnPuback(in PubackPacket packet)
    {
        if (!_outbox.OnPuback(packet.PacketId, packet.ReasonCode))
        {
            _connection.Fail(MqttError.Protocol($"PUBACK for packet identifier {packet.PacketId}, which is not in use"));
        }
    }

    /// <summary>No more reports from here on.</summary>
    public void StopReporting() => _environment.Wheel.Cancel(_reportTimer);

    /// <summary>Ends for good.</summary>
    public void Stop(bool disconnect)
    {
        StopReporting();
        _connection.Stop(disconnect);
    }

    /// <summary>Sends what was written for this car.</summary>
    public void Flush()
    {
        if (_environment.Output.WrittenCount > 0)
        {
            _environment.Transport.Send(Slot, _environment.Output.WrittenSpan);
            _environment.Output.ResetWrittenCount();
            _connection.OnSent();
        }
    }

    private void FillAndFlush()
    {
        if (State == CarState.Online)
        {
            _outbox.Fill();
            while (IsFullSpeed && !_environment.IsDraining && _outbox.HasRoom)
            {
                _modelTime += FullSpeedStep;
                AddSample(_modelTime);
                _outbox.Fill();
            }
        }

        Flush();
    }

    private void Report()
    {
        _reportTimer = default;
        _modelTime += _interval;
        AddSample(_modelTime);

        // On the grid, so that rates are exact; a process that stood still does not make up for it.
        var now = _environment.Clock.GetTimestamp();
        ScheduleReport(Math.Max(_reportDue + IntervalTicks(_interval), now));
    }

    private void ScheduleReport(long due)
    {
        _environment.Wheel.Cancel(_reportTimer);
        _reportTimer = default;
        if (!_environment.IsDraining)
        {
            _reportDue = due;
            _reportTimer = _environment.Wheel.Add(due, new CarTimer(Slot, CarTimerKind.Report));
        }
    }

    private void AddSample(long modelTime)
    {
        var sample = default(TelemetrySample);
        TakeSample(modelTime, ref sample);
        if (_commands is { IsDoorChangePending: true })
        {
            _commands.IsDoorChangePending = false;
            DoorSignals.Report(_drive.IsLocked, ref sample);
        }

        _outbox.Add(sample);
    }

    private void TakeSample(long modelTime, ref TelemetrySample sample)
    {
        _drive.AdvanceTo(modelTime);
        _drive.Sample(modelTime, ref sample.Values);

        // Two samples of a car never have one time, whatever the clock's resolution.
        var now = _environment.Clock.GetUnixMicroseconds();
        _lastDeviceTime = Math.Max(IsFullSpeed ? now : now - (now % UnixTime.MicrosecondsPerMillisecond), _lastDeviceTime + 1);
        sample.DeviceTime = _lastDeviceTime;
    }

    /// <summary>Where model time stands between two reports.</summary>
    private long GetModelTimeNow()
    {
        if (IsFullSpeed)
        {
            return _modelTime;
        }

        var sinceReport = _interval - (long)_environment.Clock.GetElapsedTime(_environment.Clock.GetTimestamp(), _reportDue).TotalMilliseconds;
        return _modelTime + Math.Clamp(sinceReport, 0, _interval - 1);
    }

    private bool TakeCommand(ReadOnlySpan<byte> payload)
    {
        var counters = _environment.Counters;
        if (!TryRead(payload, out var command))
        {
            counters.CommandsUnreadable++;
            counters.LastProblem = $"{VehicleId}: a payload on a command topic is no command";
            return false;
        }

        counters.CommandsReceived++;
        _commands ??= new CommandBook();
        switch (_commands.Take(command, _environment.Clock.GetUtcNow(), out var answer))
        {
            case CommandVerdict.Taken:
                _environment.Wheel.Add(
                    _environment.Clock.GetTimestamp() + _environment.ToTicks(CommandWork), new CarTimer(Slot, CarTimerKind.CommandDone));
                break;
            case CommandVerdict.Rejected:
                counters.CommandsRejected++;
                break;
            default:
                counters.CommandsRepeated++;
                break;
        }

        AddResult(answer);
        return true;
    }

    private static bool TryRead(ReadOnlySpan<byte> payload, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out VehicleCommand? command)
    {
        try
        {
            command = JsonSerializer.Deserialize(payload, ContractsJson.Default.VehicleCommand);
            return command is not null;
        }
        catch (JsonException)
        {
            // Counted and refused by the caller.
            command = null;
            return false;
        }
    }

    private void FinishCommand()
    {
        var present = default(TelemetrySample);
        TakeSample(GetModelTimeNow(), ref present);
        if (_commands?.Finish(_drive, present, out var effect) is not { } answer)
        {
            return;
        }

        _environment.Counters.CommandsSucceeded++;
        AddResult(answer);
        if (effect.Interval is { } interval)
        {
            _modelTime = GetModelTimeNow();
            _interval = (long)interval.TotalMilliseconds;
            ScheduleReport(_environment.Clock.GetTimestamp() + IntervalTicks(_interval));
        }

        if (effect.ReportNow)
        {
            AddSample(GetModelTimeNow());
        }
    }

    private void AddResult(VehicleCommandResult answer) =>
        _outbox.AddResult(JsonSerializer.SerializeToUtf8Bytes(answer, ContractsJson.Default.VehicleCommandResult));

    private long IntervalTicks(long milliseconds) => milliseconds * _environment.Clock.TimestampFrequency / 1_000;
}
