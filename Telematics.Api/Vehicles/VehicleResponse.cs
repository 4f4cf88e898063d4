namespace Telematics.Api.Vehicles;

/// <summary>A registered vehicle.</summary>
internal sealed record VehicleResponse
{
    /// <summary>The id that the car reports under.</summary>
    public required string VehicleId { get; init; }

    /// <summary>Name for people.</summary>
    public string? Name { get; init; }

    /// <summary>Vehicle identification number (ISO 3779).</summary>
    public string? Vin { get; init; }

    /// <summary>Brand.</summary>
    public string? Brand { get; init; }

    /// <summary>Model.</summary>
    public string? Model { get; init; }

    /// <summary>Free attributes: texts by name.</summary>
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }

    /// <summary>When it was registered.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>When it was last changed.</summary>
    public required DateTime UpdatedAt { get; init; }

    /// <summary>Whether it is connected now.</summary>
    public required ConnectionState Connection { get; init; }

    /// <summary>Its newest connection; absent when it never connected.</summary>
    public ConnectionDetails? ConnectionDetails { get; init; }

    /// <summary>Time of its newest state (device time, at most the server's); absent when it never reported.</summary>
    public DateTime? LatestTime { get; init; }
}

/// <summary>The newest connection of a vehicle; it follows <c>connection</c> within moments.</summary>
internal sealed record ConnectionDetails
{
    /// <summary>The connection, unique for ever.</summary>
    public required string ChannelId { get; init; }

    /// <summary>The gateway instance that holds or held it.</summary>
    public required string GatewayInstance { get; init; }

    /// <summary>Address and port of the vehicle.</summary>
    public string? Address { get; init; }

    /// <summary>MQTT protocol version: 4 (3.1.1) or 5.</summary>
    public required int ProtocolVersion { get; init; }

    /// <summary>When it was opened.</summary>
    public required DateTime ConnectedAt { get; init; }

    /// <summary>When it ended; absent while it is open.</summary>
    public DateTime? ClosedAt { get; init; }

    /// <summary>Why it ended.</summary>
    public string? CloseReason { get; init; }
}
