using Telematics.Contracts.Telemetry;

namespace Telematics.Api.Live;

/// <summary>What the live view knows of one registered vehicle at one moment.</summary>
internal readonly struct LiveVehicle
{
    /// <summary>The vehicle.</summary>
    public required string VehicleId { get; init; }

    /// <summary>Whether its newest channel is open and the channel's gateway instance has not ended.</summary>
    public required bool IsOnline { get; init; }

    /// <summary>Whether it ever reported; else the rest is meaningless.</summary>
    public required bool HasState { get; init; }

    /// <summary>Device time of the newest sample, microseconds since 1970-01-01 UTC.</summary>
    public long Time { get; init; }

    /// <summary>Store time of its message, microseconds since 1970-01-01 UTC.</summary>
    public long StoredAt { get; init; }

    /// <summary>The signals of the newest sample that have columns; NaN = not reported. Positions have a resolution of 0.0000001 degrees.</summary>
    public SignalValues Values { get; init; }

    /// <summary>Index of the queue of <c>telemetry</c> from which it came.</summary>
    public int QueueIndex { get; init; }

    /// <summary>Offset of the message in that queue.</summary>
    public long QueueOffset { get; init; }
}
