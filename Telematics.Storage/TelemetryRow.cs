using Telematics.Contracts.Telemetry;

namespace Telematics.Storage;

/// <summary>One row of <c>telemetry</c>.</summary>
public struct TelemetryRow
{
    /// <summary><see cref="Model.Vehicle.Id"/>.</summary>
    public long VehicleKey;

    /// <summary>Device time, microseconds since 1970-01-01 UTC.</summary>
    public long Time;

    /// <summary>Store time of the message, microseconds since 1970-01-01 UTC.</summary>
    public long StoredAt;

    /// <summary>The signals with columns.</summary>
    public SignalValues Values;

    /// <summary>Where in the other signals' buffer this row's JSON object begins.</summary>
    public int OtherStart;

    /// <summary>Its length; 0 = none.</summary>
    public int OtherLength;
}
