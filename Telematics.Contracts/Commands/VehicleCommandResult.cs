using System.Text.Json;
using System.Text.Json.Serialization;

namespace Telematics.Contracts.Commands;

/// <summary>What a car publishes on <c>command-result/{vehicleId}</c>; JSON with these names in camel case.</summary>
public sealed record VehicleCommandResult
{
    /// <summary>The command it answers.</summary>
    public required Guid CommandId { get; init; }

    /// <summary>How far the car is.</summary>
    public required VehicleCommandState State { get; init; }

    /// <summary>With <see cref="VehicleCommandState.InProgress"/>: percent, 0 to 100.</summary>
    public int? Progress { get; init; }

    /// <summary>A code of the car, up to 64 characters; <c>superseded</c> when a newer order of the type was taken.</summary>
    public string? Code { get; init; }

    /// <summary>A text for people, up to 1,024 characters.</summary>
    public string? Message { get; init; }

    /// <summary>A result by the type, any JSON, up to 16 KiB.</summary>
    public JsonElement? Result { get; init; }
}

/// <summary>States that a car reports.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<VehicleCommandState>))]
public enum VehicleCommandState
{
    /// <summary>The car took the order.</summary>
    Accepted,

    /// <summary>The car is at it.</summary>
    InProgress,

    /// <summary>Done.</summary>
    Succeeded,

    /// <summary>Tried, and not done.</summary>
    Failed,

    /// <summary>Refused: unknown type, bad parameter, not safe now, superseded.</summary>
    Rejected,
}
