using Telematics.Contracts.Telemetry;

namespace Telematics.Storage;

/// <summary>The newest state of a car as it is stored.</summary>
public struct LatestState
{
    /// <summary><see cref="Model.Vehicle.Id"/>.</summary>
    public long VehicleKey;

    /// <summary>Device time, microseconds since 1970-01-01 UTC.</summary>
    public long Time;

    /// <summary>Store time of its message, microseconds since 1970-01-01 UTC.</summary>
    public long StoredAt;

    /// <summary>Queue index of its message in <c>telemetry</c>.</summary>
    public int QueueIndex;

    /// <summary>Offset of its message.</summary>
    public long QueueOffset;

    /// <summary>The signals with columns.</summary>
    public SignalValues Values;
}
