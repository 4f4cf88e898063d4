using System.Text.Json;

namespace Telematics.Contracts.Commands;

/// <summary>The payload that a car receives on <c>command/p2p/{vehicleId}</c> or <c>command/all</c>; JSON with these names in camel case.</summary>
public sealed record VehicleCommand
{
    /// <summary>The command; the car answers with it and recognises duplicates by it.</summary>
    public required Guid CommandId { get; init; }

    /// <summary>Growing order number; a car refuses (<c>superseded</c>) one older than the newest of that type it took.</summary>
    public required long Order { get; init; }

    /// <summary>Type from the catalogue, for example <c>setSpeedLimit</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Parameters by the type's schema.</summary>
    public required JsonElement Parameters { get; init; }

    /// <summary>Not to be carried out after this moment.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>When the supervisor ordered it.</summary>
    public required DateTimeOffset IssuedAt { get; init; }
}
