using System.Text.Json;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Contracts.Telemetry;
using Telematics.Simulator.Driving;

namespace Telematics.Simulator.Cars;

/// <summary>
/// What a car does about commands: takes or refuses them, carries them out, remembers the newest ones by id so that a
/// duplicate is answered and not done again.
/// </summary>
internal sealed class CommandBook
{
    private const int Remembered = 32;

    // A car of a large fleet gets few commands: lists of one grow when they must.
    private readonly List<Entry> _entries = new(1);
    private readonly List<(string Type, long Order)> _newestOrders = new(1);

    /// <summary>Whether the newest change of the doors still has to be reported.</summary>
    public bool IsDoorChangePending { get; set; }

    /// <summary>Whether a command was taken and is not done.</summary>
    public bool IsWorking => _entries.Exists(entry => entry.State == VehicleCommandState.Accepted);

    /// <summary>Looks at a command; the answer is to be published at once, and with <see cref="CommandVerdict.Taken"/> the work is to be begun.</summary>
    public CommandVerdict Take(VehicleCommand command, DateTimeOffset now, out VehicleCommandResult answer)
    {
        if (_entries.Find(entry => entry.Command.CommandId == command.CommandId) is { } known)
        {
            answer = known.GetAnswer();
            return CommandVerdict.Repeated;
        }

        if (_entries.Count == Remembered)
        {
            // The oldest that is done makes room; one still being worked on is not forgotten.
            var done = _entries.FindIndex(entry => entry.State != VehicleCommandState.Accepted);
            if (done < 0)
            {
                answer = new Entry(command, "busy", $"{Remembered} commands are being carried out").GetAnswer();
                return CommandVerdict.Rejected;
            }

            _entries.RemoveAt(done);
        }

        var entry = Judge(command, now);
        _entries.Add(entry);
        answer = entry.GetAnswer();
        if (entry.State == VehicleCommandState.Rejected)
        {
            return CommandVerdict.Rejected;
        }

        _newestOrders.RemoveAll(newest => newest.Type == command.Type);
        _newestOrders.Add((command.Type, command.Order));
        return CommandVerdict.Taken;
    }

    /// <summary>Carries out the oldest command that was taken and not done; null when there is none.</summary>
    /// <param name="drive">The car.</param>
    /// <param name="present">Where it is now.</param>
    /// <param name="effect">What changes in reporting.</param>
    public VehicleCommandResult? Finish(Drive drive, in TelemetrySample present, out CommandEffect effect)
    {
        effect = default;
        var entry = _entries.Find(entry => entry.State == VehicleCommandState.Accepted);
        if (entry is null)
        {
            return null;
        }

        var parameters = entry.Command.Parameters;
        switch (entry.Command.Type)
        {
            case CommandTypeNames.Lock or CommandTypeNames.Unlock:
                drive.IsLocked = entry.Command.Type == CommandTypeNames.Lock;
                IsDoorChangePending = true;
                entry.IsLocked = drive.IsLocked;
                break;
            case CommandTypeNames.SetReportingInterval:
                effect = new CommandEffect(TimeSpan.FromSeconds(parameters.GetProperty(CommandTypeNames.Seconds).GetDouble()), ReportNow: false);
                break;
            case CommandTypeNames.SetSpeedLimit:
                drive.SpeedLimit = parameters.GetProperty(CommandTypeNames.KilometersPerHour).GetDouble() / 3.6;
                break;
            default:
                entry.Latitude = present.Values[SignalCatalogue.Latitude];
                entry.Longitude = present.Values[SignalCatalogue.Longitude];
                entry.Time = present.DeviceTime;
                effect = new CommandEffect(null, ReportNow: true);
                break;
        }

        entry.State = VehicleCommandState.Succeeded;
        return entry.GetAnswer();
    }

    private Entry Judge(VehicleCommand command, DateTimeOffset now)
    {
        if (command.NotAfter < now)
        {
            return new Entry(command, "expired", $"notAfter was {command.NotAfter:O}, the car's clock is {now:O}");
        }

        if (FindFault(command) is var (code, message))
        {
            return new Entry(command, code, message);
        }

        foreach (var (type, newest) in _newestOrders)
        {
            if (type == command.Type && command.Order <= newest) // equal: a repeat whose result is forgotten
            {
                return new Entry(command, "superseded", $"order {command.Order} is not newer than {newest}, which was taken");
            }
        }

        return new Entry(command);
    }

    private static (string Code, string Message)? FindFault(VehicleCommand command) => command.Type switch
    {
        CommandTypeNames.Lock or CommandTypeNames.Unlock or CommandTypeNames.Locate => null,
        CommandTypeNames.SetReportingInterval => FindFault(command.Parameters, CommandTypeNames.Seconds, 1, 3_600),
        CommandTypeNames.SetSpeedLimit => FindFault(command.Parameters, CommandTypeNames.KilometersPerHour, 10, 250),
        _ => ("unknownType", $"type {command.Type} is unknown to this car"),
    };

    private static (string Code, string Message)? FindFault(JsonElement parameters, string name, int minimum, int maximum) =>
        parameters.ValueKind == JsonValueKind.Object
        && parameters.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetDouble(out var number)
        && number == Math.Floor(number)
        && number >= minimum
        && number <= maximum
            ? null
            : ("badParameters", $"{name} must be a whole number from {minimum} to {maximum}");

    /// <summary>A command and what became of it; the answer is made when it is asked for, since nearly all cars give it once.</summary>
    private sealed class Entry(VehicleCommand command, string? code = null, string? message = null)
    {
        public VehicleCommand Command { get; } = command;

        public VehicleCommandState State { get; set; } = code is null ? VehicleCommandState.Accepted : VehicleCommandState.Rejected;

        public bool IsLocked { get; set; }

        public double Latitude { get; set; }

        public double Longitude { get; set; }

        /// <summary>When the car was there, in microseconds since 1970-01-01 UTC.</summary>
        public long Time { get; set; }

        public VehicleCommandResult GetAnswer() => new()
        {
            CommandId = Command.CommandId,
            State = State,
            Code = code,
            Message = message,
            Result = State == VehicleCommandState.Succeeded ? GetResult() : null,
        };

        private JsonElement? GetResult() => Command.Type switch
        {
            CommandTypeNames.Lock or CommandTypeNames.Unlock => JsonSerializer.SerializeToElement(new { locked = IsLocked }),
            CommandTypeNames.Locate => JsonSerializer.SerializeToElement(
                new { latitude = Math.Round(Latitude, 7), longitude = Math.Round(Longitude, 7), time = UnixTime.ToDateTime(Time) }),
            _ => null,
        };
    }
}
