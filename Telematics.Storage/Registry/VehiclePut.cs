using Telematics.Storage.Model;

namespace Telematics.Storage.Registry;

/// <summary>What a put did.</summary>
/// <param name="Vehicle">The vehicle as it is now.</param>
/// <param name="IsNew">Whether it was not registered before (unknown, or deleted).</param>
/// <param name="RefusedBy">The erasure of the vehicle that is under way, for which nothing was changed; null when it was put.</param>
public readonly record struct VehiclePut(Vehicle Vehicle, bool IsNew, Guid? RefusedBy = null);
