using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Telematics.Contracts;
using Telematics.Contracts.Commands;

namespace Telematics.Simulator.Cars;

/// <summary>Reads commands for the cars of one worker; the cars that get one broadcast share what was read.</summary>
internal sealed class CommandReader
{
    private byte[] _payload = [];
    private VehicleCommand? _command;

    /// <summary>Reads a payload; false when it is no command.</summary>
    public bool TryRead(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out VehicleCommand? command)
    {
        if (_command is null || !payload.SequenceEqual(_payload))
        {
            _command = Parse(payload);
            _payload = payload.ToArray();
        }

        command = _command;
        return command is not null;
    }

    private static VehicleCommand? Parse(ReadOnlySpan<byte> payload)
    {
        try
        {
            return JsonSerializer.Deserialize(payload, ContractsJson.Default.VehicleCommand);
        }
        catch (JsonException)
        {
            // Counted and refused by the car.
            return null;
        }
    }
}
