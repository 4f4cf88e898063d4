using System.Text.Json;

namespace Telematics.Commands.Operations;

/// <summary>What a supervisor orders.</summary>
public sealed record CommandOrder
{
    /// <summary>Type from the catalogue.</summary>
    public required string Type { get; init; }

    /// <summary>Parameters by the type's schema; <c>default</c> = none.</summary>
    public JsonElement Parameters { get; init; }

    /// <summary>Whom it is for.</summary>
    public required CommandTarget Target { get; init; }

    /// <summary>Time to live in seconds; null = the type's default.</summary>
    public long? TtlSeconds { get; init; }

    /// <summary>Who orders it: the name of the API key, or <c>anonymous</c>; up to 100 characters.</summary>
    public required string Actor { get; init; }

    /// <summary>The caller's key against ordering twice, 1 to 255 characters, or null; it is the actor's own.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>SHA-256 of the request's body, 32 bytes; needed with <see cref="IdempotencyKey"/>.</summary>
    public ReadOnlyMemory<byte> RequestHash { get; init; }
}
