using Telematics.Storage.Model;

namespace Telematics.Storage.Erasures;

/// <summary>What asking for an erasure did.</summary>
/// <param name="Erasure">The erasure as it is now.</param>
/// <param name="IsNew">Whether it began with this; false when the vehicle was already erased, or is being.</param>
public readonly record struct ErasureRequest(Erasure Erasure, bool IsNew);
