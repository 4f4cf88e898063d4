namespace Telematics.Storage;

/// <summary>Where a car was.</summary>
/// <param name="Time">Device time, microseconds since 1970-01-01 UTC.</param>
/// <param name="Latitude">Degrees, WGS 84.</param>
/// <param name="Longitude">Degrees, WGS 84.</param>
public readonly record struct PositionFix(long Time, double Latitude, double Longitude);
