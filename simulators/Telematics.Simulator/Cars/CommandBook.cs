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

    private readonly List<Entry> _entries = [];
    private readonly Dictionary<string, long> _newestOrder = new(StringComparer.Ordinal);

    /// <summary>Whether the newest change of the doors still has to be reported.</summary>
    public bool IsDoorChangePending { get; set; }

    /// <summary>Whether a command was taken and is not done.</summary>
    public bool IsWorking => _entries.Exists(entry => entry.Answer.State == VehicleCommandState.Accepted);

    /// <summary>Looks at a command; the answer is to be published at once, and with <see cref="CommandVerdict.Taken"/> the work is to be begun.</summary>
    public CommandVerdict Take(VehicleCommand command, DateTimeOffset now, out VehicleCommandResult answer)
    {
        if (_entries.Find(entry => entry.Command.CommandId == command.CommandId) is { } known)
        {
            answer = known.Answer;
            return CommandVerdict.Repeated;
        }

        if (_entries.Count == Remembered)
        {
            // The oldest that is done makes room; one still being worked on is not forgotten.
            var done = _entries.FindIndex(entry => entry.Answer.State != VehicleCommandState.Accepted);
            if (done < 0)
            {
                answer = Rejected(command, "busy", $"{Remembered} commands are being carried out");
                return CommandVerdict.Rejected;
            }

            _entries.RemoveAt(done);
        }

        answer = Judge(command, now);

        _entries.Add(new Entry(command, answer));
        if (answer.State == VehicleCommandState.Rejected)
        {
            return CommandVerdict.Rejected;
        }

        _newestOrder[command.Type] = command.Order;
        return CommandVerdict.Taken;
    }

    /// <summary>Carries out the oldest command that was taken and not done; null when there is none.</summary>
    /// <param name="drive">The car.</param>
    /// <param name="present">Where it is now.</param>
    /// <param name="effect">What changes in reporting.</param>
    public VehicleCommandResult? Finish(Drive drive, in TelemetrySample present, out CommandEffect effect)
    {
        effect = default;
        var entry = _entries.Find(entry => entry.Answer.State == VehicleCommandState.Accepted);
        if (entry is null)
        {
            return null;
        }

        var parameters = entry.Command.Parameters;
        object? result = null;
        switch (entry.Command.Type)
        {
            case CommandTypeNames.Lock or CommandTypeNames.Unlock:
                drive.IsLocked = entry.Command.Type == CommandTypeNames.Lock;
                IsDoorChangePending = true;
                result = new { locked = drive.IsLocked };
                break;
            case CommandTypeNames.SetReportingInterval:
                effect = new CommandEffect(TimeSpan.FromSeconds(parameters.GetProperty(CommandTypeNames.Seconds).GetDouble()), ReportNow: false);
                break;
            case CommandTypeNames.SetSpeedLimit:
                drive.SpeedLimit = parameters.GetProperty(CommandTypeNames.KilometersPerHour).GetDouble() / 3.6;
                break;
            default:
                result = new
                {
                    latitude = Math.Round(present.Values[SignalCatalogue.Latitude], 7),
                    longitude = Math.Round(present.Values[SignalCatalogue.Longitude], 7),
                    time = UnixTime.ToDateTime(present.DeviceTime),
                };
                effect = new CommandEffect(null, ReportNow: true);
                break;
        }

        entry.Answer = new VehicleCommandResult
        {
            CommandId = entry.Command.CommandId,
            State = VehicleCommandState.Succeeded,
            Result = result is null ? null : JsonSerializer.SerializeToElement(result),
        };
        return entry.Answer;
    }

    private VehicleCommandResult Judge(VehicleCommand command, DateTimeOffset now)
    {
        if (command.NotAfter < now)
        {
            return Rejected(command, "expired", $"notAfter was {command.NotAfter:O}, the car's clock is {now:O}");
        }

        if (FindFault(command) is var (code, message))
        {
            return Rejected(command, code, message);
        }

        if (_newestOrder.TryGetValue(command.Type, out var newest) && command.Order <= newest) // equal: a repeat whose result is forgotten
        {
            return Rejected(command, "superseded", $"order {command.Order} is not newer than {newest}, which was taken");
        }

        return new VehicleCommandResult { CommandId = command.CommandId, State = VehicleCommandState.Accepted };
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

    private static VehicleCommandResult Rejected(VehicleCommand command, string code, string message) => new()
    {
        CommandId = command.CommandId,
        State = VehicleCommandState.Rejected,
        Code = code,
        Message = message,
    };

    private sealed class Entry(VehicleCommand command, VehicleCommandResult answer)
    {
        public VehicleCommand Command { get; } = command;

        public VehicleCommandResult Answer { get; set; } = answer;
    }
}
