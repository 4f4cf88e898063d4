namespace Telematics.Contracts;

/// <summary>The topics the system itself lives by; every one is a RocketMQ topic, and the first level of an MQTT topic.</summary>
public static class TopicNames
{
    /// <summary>Uplink <c>telemetry/{vehicleId}</c>: what cars report.</summary>
    public const string Telemetry = "telemetry";

    /// <summary>Internal: connects, disconnects, life signs of gateway instances.</summary>
    public const string VehicleEvent = "vehicle-event";

    /// <summary>Downlink <c>command/p2p/{vehicleId}</c> and <c>command/all</c>; internally also orders to gateways.</summary>
    public const string Command = "command";

    /// <summary>Internal: what gateways did with commands.</summary>
    public const string CommandReceipt = "command-receipt";

    /// <summary>Uplink <c>command-result/{vehicleId}</c>: what cars answer.</summary>
    public const string CommandResult = "command-result";
}
