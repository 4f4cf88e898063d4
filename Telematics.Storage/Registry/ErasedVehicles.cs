using Microsoft.EntityFrameworkCore;
using Telematics.Storage.Model;

namespace Telematics.Storage.Registry;

/// <summary>
/// Nothing is kept of a vehicle from the moment its erasure was asked for until it is put back: what comes late is refused
/// and counted, and its content is gone. Ask within a transaction that holds the registry
/// (<see cref="WriteSession.LockRegistryAsync"/>), so that no erasure begins before it ends.
/// </summary>
public static class ErasedVehicles
{
    private const int LookupChunk = 500;

    /// <summary>Those of some ids that are erased, or are being.</summary>
    public static async Task<HashSet<string>> AmongAsync(TelematicsDbContext db, IEnumerable<string> vehicleIds, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(db);
        var erased = new HashSet<string>(StringComparer.Ordinal);
        foreach (var chunk in vehicleIds.Distinct(StringComparer.Ordinal).Chunk(LookupChunk))
        {
            erased.UnionWith(await db.Vehicles
                .Where(vehicle => vehicle.ErasedAt != null && chunk.Contains(vehicle.VehicleId))
                .Select(vehicle => vehicle.VehicleId)
                .ToListAsync(cancellationToken));
        }

        return erased;
    }

    /// <summary>The rejected messages that may be kept: neither of such a vehicle nor of a client of its name.</summary>
    public static async Task<IReadOnlyList<RejectedMessage>> ExceptAsync(TelematicsDbContext db, IReadOnlyList<RejectedMessage> rejected, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rejected);
        var erased = await AmongAsync(db, rejected.SelectMany(NamesOf), cancellationToken);
        return erased.Count == 0 ? rejected : [.. rejected.Where(message => !NamesOf(message).Any(erased.Contains))];
    }

    private static IEnumerable<string> NamesOf(RejectedMessage message) => new[] { message.VehicleId, message.ClientId }.OfType<string>();
}
