namespace Telematics.Storage.Model;

/// <summary>The newest channel of a client, by the order of <c>vehicle-event</c>. Kept by client id, registered or not.</summary>
public sealed class VehicleConnection
{
    /// <summary>MQTT client identifier; primary key.</summary>
    public required string ClientId { get; set; }

    public required string ChannelId { get; set; }

    /// <summary>The gateway instance that holds the channel.</summary>
    public required string Instance { get; set; }

    /// <summary>Whether the channel is open. Online = open, and the instance has not ended.</summary>
    public bool IsOpen { get; set; }

    /// <summary>Whether the client counts as a car.</summary>
    public bool IsVehicle { get; set; }

    public string? Address { get; set; }

    /// <summary>MQTT protocol version: 4 or 5.</summary>
    public int ProtocolVersion { get; set; }

    /// <summary>Store time of the connect event.</summary>
    public DateTime ConnectedAt { get; set; }

    /// <summary>Store time of the end event.</summary>
    public DateTime? ClosedAt { get; set; }

    public string? CloseReason { get; set; }

    /// <summary>Queue index of the event that this row shows.</summary>
    public int QueueIndex { get; set; }

    /// <summary>Offset of that event.</summary>
    public long QueueOffset { get; set; }
}
