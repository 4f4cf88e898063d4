namespace Telematics.Api.Live;

/// <summary>Where the live view begins: a seam, so that its tests need no database.</summary>
internal interface ILiveSnapshotSource
{
    /// <summary>Reads newest states, presence, registry and the offsets they belong to, all of one moment.</summary>
    Task<LiveState> LoadAsync(CancellationToken cancellationToken);

    /// <summary>Changes of the registry after a number, in their order, at most 1,000.</summary>
    Task<IReadOnlyList<LiveRegistryChange>> GetChangesAsync(long after, CancellationToken cancellationToken);

    /// <summary>Whether an exception only means that the database is away.</summary>
    bool IsUnavailable(Exception exception);
}

/// <summary>One change of the registry.</summary>
/// <param name="Number">Its growing number.</param>
/// <param name="VehicleId">The vehicle.</param>
/// <param name="IsRegistered">Whether it is registered after it; null when it changes nothing here.</param>
internal readonly record struct LiveRegistryChange(long Number, string VehicleId, bool? IsRegistered);
