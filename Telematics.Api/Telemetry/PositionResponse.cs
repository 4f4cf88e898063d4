using Telematics.Contracts;
using Telematics.Storage;

namespace Telematics.Api.Telemetry;

/// <summary>Where a vehicle was.</summary>
/// <param name="Time">Device time.</param>
/// <param name="Latitude">Degrees, WGS 84.</param>
/// <param name="Longitude">Degrees, WGS 84.</param>
internal sealed record PositionResponse(DateTime Time, double Latitude, double Longitude)
{
    public static PositionResponse? From(PositionFix? position) =>
        position is { } fix ? new PositionResponse(UnixTime.ToDateTime(fix.Time), fix.Latitude, fix.Longitude) : null;
}
