namespace Telematics.Api.Vehicles;

/// <summary>A vehicle's new credential.</summary>
internal sealed record CredentialResponse
{
    /// <summary>MQTT client identifier and user name.</summary>
    public required string VehicleId { get; init; }

    /// <summary>MQTT password, shown this once: 256 random bits, 43 characters.</summary>
    public required string Secret { get; init; }

    /// <summary>When it was issued.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>Whether it replaced another one, whose connection is then closed.</summary>
    public required bool HasReplaced { get; init; }
}
