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
    private const int Never = -1;
    private static readonly TimeSpan CommandWork = TimeSpan.FromMilliseconds(150);

    private readonly CarConnection _connection;
    private readonly Drive _drive;
    private CarOutbox _outbox;
    private CommandBook? _commands;
    private TimerHandle _reportTimer;
    private long _reportDue;
    private long _modelTime;
    private long _lastDeviceTime;
    private int _interval;
    private bool _hasAnswered;

    public Car(CarEnvironment environment, int slot, int number)
    {
        var options = environment.Options;
        Environment = environment;
        Slot = slot;
        Number = number;
        _connection = new CarConnection(environment, this);
        _drive = new Drive(options.Seed, number);
        _interval = environment.Scenario.IsIdle(options.Seed, number) ? Never : (int)options.Interval.TotalMilliseconds;
    }

    /// <summary>What it shares with the others of its worker.</summary>
    public CarEnvironment Environment { get; }

    /// <summary>Its place among its worker's connections.</summary>
    public int Slot { get; }

    /// <summary>Its number in the fleet: vehicle id, client id and user name are made of it.</summary>
    public int Number { get; }

    /// <summary>How far its connection is.</summary>
    public CarState State => _connection.State;

    /// <summary>Whether a connection is being made.</summary>
    public bool IsConnecting => _connection.IsConnecting;

    /// <summary>Whether nothing is left to be said, or answered.</summary>
    public bool IsDone => _outbox.IsEmpty && _commands is not { IsWorking: true };

    /// <summary>Whether the scenario has taken it off the network.</summary>
    public bool IsAway => _connection.IsAway;

    private bool IsFullSpeed => _interval == 0;

    /// <summary>Begins to live: connects after a time.</summary>
    public void Start(TimeSpan connectAfter)
    {
        _connection.ConnectAfter(connectAfter);
        if (_interval > 0)
        {
            // When within the interval it reports: its own, so that a fleet does not report all at once.
            var phase = DriveRandom.For(Environment.Options.Seed, Number, purpose: 3).NextDouble();
            ScheduleReport(Environment.Clock.GetTimestamp() + IntervalTicks((long)(phase * _interval)));
        }

        ScheduleLeave();
    }

    /// <summary>It is this car's turn to connect.</summary>
    public void Connect() => _connection.Connect();

    /// <summary>TCP is there.</summary>
    public void OnConnected()
    {
        _connection.OnConnected();
        Flush();
    }

    /// <summary>Bytes came; answers how many are done with.</summary>
    public int OnReceived(ReadOnlySpan<byte> bytes)
    {
        var consumed = _connection.OnReceived(bytes);
        FillAndFlush();
        return consumed;
    }

    /// <summary>The connection is gone.</summary>
    public void OnClosed(string reason)
    {
        _outbox.OnConnectionLost();
        Environment.Output.ResetWrittenCount();
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
            case CarTimerKind.Leave:
                Leave();
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
        _outbox.OnConnected(Environment.Options, isSessionPresent, receiveMaximum, maximumPacketSize);

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
            new PubackPacket { PacketId = packet.PacketId, ReasonCode = reason }.Write(Environment.Output, MqttPacketType.Puback, Environment.Options.Version);
        }
    }

    /// <summary>The server has stored a message.</summary>
    public void OnPuback(in PubackPacket packet)
    {
        if (!_outbox.OnPuback(this, packet.PacketId, packet.ReasonCode))
        {
            _connection.Fail(MqttError.Protocol($"PUBACK for packet identifier {packet.PacketId}, which is not in use"));
        }
    }

    /// <summary>No more reports from here on.</summary>
    public void StopReporting() => Environment.Wheel.Cancel(_reportTimer);

    /// <summary>Comes back at once if the scenario has taken it off the network.</summary>
    public void ComeBack()
    {
        if (IsAway && State == CarState.Offline)
        {
            _connection.ConnectAfter(TimeSpan.Zero);
        }
    }

    /// <summary>Ends for good.</summary>
    public void Stop(bool disconnect)
    {
        StopReporting();
        _connection.Stop(disconnect);
    }

    /// <summary>Sends what was written for this car.</summary>
    public void Flush()
    {
        if (Environment.Output.WrittenCount > 0)
        {
            Environment.Transport.Send(Slot, Environment.Output.WrittenSpan);
            Environment.Output.ResetWrittenCount();
            _connection.OnSent();
        }
    }

    private void FillAndFlush()
    {
        if (State == CarState.Online)
        {
            _outbox.Fill(this);
            while (IsFullSpeed && !Environment.IsDraining && _outbox.HasRoom)
            {
                _modelTime += FullSpeedStep;
                AddSample(_modelTime);
                _outbox.Fill(this);
            }
        }

        Flush();
    }

    private void ScheduleLeave()
    {
        var sinceBegin = Environment.Clock.GetElapsedTime(Environment.Begin);
        if (Environment.Scenario.NextAbsence(Environment.Options.Seed, Number, sinceBegin) is { } at)
        {
            Environment.Wheel.Add(Environment.Begin + Environment.ToTicks(at), new CarTimer(Slot, CarTimerKind.Leave));
        }
    }

    private void Leave()
    {
        if (Environment.IsDraining)
        {
            return;
        }

        if (State == CarState.Online)
        {
            Flush();
            _outbox.OnConnectionLost();
            _connection.Leave();
        }

        ScheduleLeave();
    }

    private void Report()
    {
        _reportTimer = default;
        _modelTime += _interval;
        AddSample(_modelTime);

        // On the grid, so that rates are exact; a process that stood still does not make up for it.
        var now = Environment.Clock.GetTimestamp();
        ScheduleReport(Math.Max(_reportDue + IntervalTicks(_interval), now));
    }

    private void ScheduleReport(long due)
    {
        Environment.Wheel.Cancel(_reportTimer);
        _reportTimer = default;
        if (!Environment.IsDraining)
        {
            _reportDue = due;
            _reportTimer = Environment.Wheel.Add(due, new CarTimer(Slot, CarTimerKind.Report));
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

        _outbox.Add(this, sample);
    }

    private void TakeSample(long modelTime, ref TelemetrySample sample)
    {
        _drive.AdvanceTo(modelTime);
        _drive.Sample(modelTime, ref sample.Values);

        // Two samples of a car never have one time, whatever the clock's resolution.
        var now = Environment.Clock.GetUnixMicroseconds();
        _lastDeviceTime = Math.Max(IsFullSpeed ? now : now - (now % UnixTime.MicrosecondsPerMillisecond), _lastDeviceTime + 1);
        sample.DeviceTime = _lastDeviceTime;
    }

    /// <summary>Where model time stands between two reports.</summary>
    private long GetModelTimeNow()
    {
        if (_interval <= 0)
        {
            return _modelTime; // at full speed it runs with the reports; who does not report, stands
        }

        var sinceReport = _interval - (long)Environment.Clock.GetElapsedTime(Environment.Clock.GetTimestamp(), _reportDue).TotalMilliseconds;
        return _modelTime + Math.Clamp(sinceReport, 0, _interval - 1);
    }

    private bool TakeCommand(ReadOnlySpan<byte> payload)
    {
        var counters = Environment.Counters;
        if (!Environment.Commands.TryRead(payload, out var command))
        {
            counters.CommandsUnreadable++;
            counters.LastProblem = new CarProblem(Number, "a payload on a command topic", "is no command");
            return false;
        }

        counters.CommandsReceived++;
        _commands ??= new CommandBook();
        switch (_commands.Take(command, Environment.Clock.GetUtcNow(), out var answer))
        {
            case CommandVerdict.Taken:
                Environment.Wheel.Add(
                    Environment.Clock.GetTimestamp() + Environment.ToTicks(CommandWork), new CarTimer(Slot, CarTimerKind.CommandDone));
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

    private void FinishCommand()
    {
        var present = default(TelemetrySample);
        TakeSample(GetModelTimeNow(), ref present);
        if (_commands?.Finish(_drive, present, out var effect) is not { } answer)
        {
            return;
        }

        Environment.Counters.CommandsSucceeded++;
        if (!_hasAnswered)
        {
            _hasAnswered = true;
            Environment.Counters.CarsThatObeyed++;
        }

        AddResult(answer);
        if (effect.Interval is { } interval)
        {
            _modelTime = GetModelTimeNow();
            _interval = (int)interval.TotalMilliseconds;
            ScheduleReport(Environment.Clock.GetTimestamp() + IntervalTicks(_interval));
        }

        if (effect.ReportNow)
        {
            AddSample(GetModelTimeNow());
        }
    }

    private void AddResult(VehicleCommandResult answer) =>
        _outbox.AddResult(this, JsonSerializer.SerializeToUtf8Bytes(answer, ContractsJson.Default.VehicleCommandResult));

    private long IntervalTicks(long milliseconds) => milliseconds * Environment.Clock.TimestampFrequency / 1_000;
}
