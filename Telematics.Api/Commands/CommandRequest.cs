using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace Telematics.Api.Commands;

/// <summary>An order.</summary>
internal sealed record CommandRequest
{
    /// <summary>The most vehicles that an order may name.</summary>
    public const int MaxVehicles = 10_000;

    /// <summary>Longest time to live of any type: 7 days.</summary>
    public const int MaxTtlSeconds = 7 * 24 * 3600;

    /// <summary>Longest name of a type.</summary>
    public const int MaxTypeLength = 64;

    /// <summary>Type from the catalogue (GET /api/v1/command-types).</summary>
    [StringLength(MaxTypeLength, MinimumLength = 1)]
    public required string Type { get; init; }

    /// <summary>Parameters by the type's schema; absent for types without any.</summary>
    public JsonElement? Parameters { get; init; }

    /// <summary>Whom it is for.</summary>
    public required CommandTargetRequest Target { get; init; }

    /// <summary>Seconds in which it has to be delivered, else it expires; each type has a default and a limit of its own.</summary>
    [Range(1, MaxTtlSeconds)]
    public int? TtlSeconds { get; init; }
}

/// <summary>Whom an order is for: either all or some vehicles.</summary>
internal sealed record CommandTargetRequest
{
    /// <summary>true: every vehicle that is registered.</summary>
    public bool? All { get; init; }

    /// <summary>These vehicles: 1 to 10,000 different ids.</summary>
    [Length(1, MaxIds)]
    public IReadOnlyList<string>? VehicleIds { get; init; }

    private const int MaxIds = CommandRequest.MaxVehicles;
}
