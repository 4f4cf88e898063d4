namespace Telematics.Contracts.Presence;

/// <summary>One message on <see cref="TopicNames.VehicleEvent"/>; JSON with these names in camel case.</summary>
public sealed record VehicleEvent
{
    /// <summary>What happened.</summary>
    public required VehicleEventType EventType { get; init; }

    /// <summary>The gateway instance.</summary>
    public required string Instance { get; init; }

    /// <summary>MQTT client identifier; absent in events of instances.</summary>
    public string? ClientId { get; init; }

    /// <summary>The MQTT connection, unique for ever; absent in events of instances.</summary>
    public string? ChannelId { get; init; }

    /// <summary>Peer address <c>ip:port</c>, with <see cref="VehicleEventType.Connect"/> and <see cref="VehicleEventType.Announce"/>.</summary>
    public string? ClientIp { get; init; }

    /// <summary>MQTT protocol version, 4 (3.1.1) or 5, with <see cref="VehicleEventType.Connect"/>.</summary>
    public int? ProtocolVersion { get; init; }

    /// <summary>Whether the client counts as a car (its client id is a vehicle id).</summary>
    public bool? IsVehicle { get; init; }

    /// <summary>Why a channel or an instance ended, one word.</summary>
    public string? Reason { get; init; }

    /// <summary>The gateway's clock, milliseconds since 1970-01-01 UTC; for people, never compared.</summary>
    public required long Time { get; init; }
}
