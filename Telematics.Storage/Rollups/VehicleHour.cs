namespace Telematics.Storage.Rollups;

/// <summary>One hour of one vehicle.</summary>
/// <param name="VehicleKey"><see cref="Model.Vehicle.Id"/>.</param>
/// <param name="Hour">Where it begins, microseconds since 1970-01-01 UTC.</param>
internal readonly record struct VehicleHour(long VehicleKey, long Hour);
