using Telematics.Api.Live;
using Telematics.Api.Vehicles;
using Telematics.Contracts;

namespace Telematics.Api.Telemetry;

/// <summary>The newest state of a vehicle.</summary>
internal sealed record LatestResponse
{
    /// <summary>The vehicle.</summary>
    public required string VehicleId { get; init; }

    /// <summary>Whether it is connected now.</summary>
    public required ConnectionState Connection { get; init; }

    /// <summary>Device time of its newest sample; absent when it never reported.</summary>
    public DateTime? Time { get; init; }

    /// <summary>When that sample was stored; absent when it never reported.</summary>
    public DateTime? StoredAt { get; init; }

    /// <summary>Signals of its newest sample that have columns; absent when it never reported.</summary>
    public SignalSet? Signals { get; init; }

    public static LatestResponse From(in LiveVehicle vehicle) => new()
    {
        VehicleId = vehicle.VehicleId,
        Connection = vehicle.IsOnline ? ConnectionState.Online : ConnectionState.Offline,
        Time = vehicle.HasState ? UnixTime.ToDateTime(vehicle.Time) : null,
        StoredAt = vehicle.HasState ? UnixTime.ToDateTime(vehicle.StoredAt) : null,
        Signals = vehicle.HasState ? new SignalSet(vehicle.Values) : null,
    };
}
