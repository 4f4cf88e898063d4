using System.Text.Json;
using Telematics.Commands.Catalogue;

namespace Telematics.Api.Commands;

/// <summary>A type of command that can be ordered.</summary>
internal sealed record CommandTypeResponse
{
    /// <summary>Its name.</summary>
    public required string Type { get; init; }

    /// <summary>What it does.</summary>
    public required string Description { get; init; }

    /// <summary>Whether carrying it out late could harm; such types live shortly.</summary>
    public required bool SafetyClass { get; init; }

    /// <summary>Time to live in seconds when the order names none.</summary>
    public required long DefaultTtlSeconds { get; init; }

    /// <summary>Greatest time to live in seconds.</summary>
    public required long MaxTtlSeconds { get; init; }

    /// <summary>Seconds of the vehicle's silence after delivery that count as timed out.</summary>
    public required long ExecutionTimeoutSeconds { get; init; }

    /// <summary>JSON Schema of the parameters.</summary>
    public required JsonElement ParametersSchema { get; init; }

    public static CommandTypeResponse From(CommandType type) => new()
    {
        Type = type.Name,
        Description = type.Description,
        SafetyClass = type.IsSafetyClass,
        DefaultTtlSeconds = (long)type.DefaultTimeToLive.TotalSeconds,
        MaxTtlSeconds = (long)type.MaxTimeToLive.TotalSeconds,
        ExecutionTimeoutSeconds = (long)type.ExecutionTimeout.TotalSeconds,
        ParametersSchema = type.ParametersSchema,
    };
}
