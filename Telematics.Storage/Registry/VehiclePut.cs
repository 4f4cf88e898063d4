using Telematics.Storage.Model;

namespace Telematics.Storage.Registry;

/// <summary>What a put did.</summary>
/// <param name="Vehicle">The vehicle as it is now.</param>
/// <param name="IsNew">Whether it was not registered before (unknown, or deleted).</param>
public readonly record struct VehiclePut(Vehicle Vehicle, bool IsNew);
