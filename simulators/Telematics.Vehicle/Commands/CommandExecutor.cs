using System.Text.Json;
using Telematics.Contracts.Commands;

namespace Telematics.Vehicle.Commands;

/// <summary>Carries out one order and says how it ended.</summary>
internal sealed class CommandExecutor(ICarControls car)
{
    /// <summary>Answers <see cref="VehicleCommandState.Succeeded"/>, <see cref="VehicleCommandState.Failed"/> or <see cref="VehicleCommandState.Rejected"/>.</summary>
    public VehicleCommandResult Execute(VehicleCommand command)
    {
        switch (command.Type)
        {
            case CommandTypeNames.Lock:
                car.IsLocked = true;
                return Succeeded(command);
            case CommandTypeNames.Unlock:
                car.IsLocked = false;
                return Succeeded(command);
            case CommandTypeNames.SetReportingInterval:
                if (!TryGetWholeNumber(command, CommandTypeNames.Seconds, 1, 3_600, out var seconds))
                {
                    return BadParameter(command, $"{CommandTypeNames.Seconds} must be a whole number from 1 to 3600");
                }

                car.ReportingInterval = TimeSpan.FromSeconds(seconds);
                return Succeeded(command);
            case CommandTypeNames.SetSpeedLimit:
                if (!TryGetWholeNumber(command, CommandTypeNames.KilometersPerHour, 10, 250, out var limit))
                {
                    return BadParameter(command, $"{CommandTypeNames.KilometersPerHour} must be a whole number from 10 to 250");
                }

                car.SpeedLimit = limit;
                return Succeeded(command);
            case CommandTypeNames.Locate:
                return car.Position is { } position
                    ? Succeeded(command) with { Result = JsonSerializer.SerializeToElement(new { latitude = position.Latitude, longitude = position.Longitude, time = position.Time.UtcDateTime }) }
                    : new VehicleCommandResult { CommandId = command.CommandId, State = VehicleCommandState.Failed, Code = "noPosition", Message = "No position is known." };
            default:
                return new VehicleCommandResult { CommandId = command.CommandId, State = VehicleCommandState.Rejected, Code = "unknownType", Message = "This car does not know the type." };
        }
    }

    private static VehicleCommandResult Succeeded(VehicleCommand command) => new() { CommandId = command.CommandId, State = VehicleCommandState.Succeeded };

    private static VehicleCommandResult BadParameter(VehicleCommand command, string message) =>
        new() { CommandId = command.CommandId, State = VehicleCommandState.Rejected, Code = "badParameter", Message = message };

    private static bool TryGetWholeNumber(VehicleCommand command, string name, int min, int max, out int value)
    {
        value = 0;
        return command.Parameters.ValueKind == JsonValueKind.Object
            && command.Parameters.TryGetProperty(name, out var element)
            && element.ValueKind == JsonValueKind.Number
            && element.TryGetInt32(out value)
            && value >= min && value <= max;
    }
}
