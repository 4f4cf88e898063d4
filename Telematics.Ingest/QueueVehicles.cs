using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Telematics.Storage;
using Telematics.Storage.Model;
using Telematics.Storage.Registry;

namespace Telematics.Ingest;

/// <summary>
/// The vehicles of one queue in memory. Within each transaction it is brought up to the registry's newest change, so
/// that nothing of a deleted vehicle is written after its deletion.
/// </summary>
internal sealed class QueueVehicles(VehicleRegistry registry)
{
    // Eight queues hold a fleet of two million; beyond that it is read again.
    private const int MaxRemembered = 250_000;
    private const int MaxChanges = 10_000;

    private readonly Dictionary<string, IngestVehicle> _byId = new(StringComparer.Ordinal);
    private readonly HashSet<string> _missing = new(StringComparer.Ordinal);
    private long _number = -1;

    /// <summary>Finds a vehicle without a string; one that is not remembered is noted for <see cref="ResolveAsync"/>.</summary>
    public IngestVehicle? Find(ReadOnlySpan<char> vehicleId)
    {
        if (_byId.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(vehicleId, out var vehicle))
        {
            return vehicle;
        }

        _missing.GetAlternateLookup<ReadOnlySpan<char>>().Add(vehicleId);
        return null;
    }

    /// <summary>Makes room, and reads the number up to which what is remembered will hold; before anything is resolved.</summary>
    public async Task BeginAsync(WriteSession session, CancellationToken cancellationToken)
    {
        _missing.Clear();
        if (_byId.Count > MaxRemembered)
        {
            _byId.Clear();
            _number = -1;
        }

        if (_number < 0)
        {
            _number = await ReadNumberAsync(session, cancellationToken);
        }
    }

    /// <summary>Reads the vehicles that <see cref="Find"/> did not know; what nobody registered is remembered as unknown.</summary>
    public async Task ResolveAsync(WriteSession session, CancellationToken cancellationToken)
    {
        if (_missing.Count == 0)
        {
            return;
        }

        foreach (var vehicle in await VehicleRegistry.FindAsync(session.Db, [.. _missing], cancellationToken))
        {
            _byId[vehicle.VehicleId] = new IngestVehicle(vehicle.VehicleId, vehicle.Id, vehicle.DeletedAt is not null);
            _missing.Remove(vehicle.VehicleId);
        }

        foreach (var unknown in _missing)
        {
            _byId[unknown] = new IngestVehicle(unknown, 0, isDeleted: false);
        }

        _missing.Clear();
    }

    /// <summary>Forgets the vehicles that were changed since; the registry is held.</summary>
    public async Task FollowAsync(WriteSession session, CancellationToken cancellationToken)
    {
        var number = await ReadNumberAsync(session, cancellationToken);
        if (number == _number)
        {
            return;
        }

        var changes = await session.Db.RegistryChanges.AsNoTracking()
            .Where(change => change.Number > _number
                && (change.Kind == RegistryChangeKind.Put || change.Kind == RegistryChangeKind.Deleted || change.Kind == RegistryChangeKind.Erased))
            .OrderBy(change => change.Number)
            .Select(change => change.VehicleId)
            .Take(MaxChanges)
            .ToListAsync(cancellationToken);

        // Changes are kept for some days only, and this queue may have had nothing to do for longer: where the last one it
        // knows is gone, others behind it may be gone too.
        if (changes.Count == MaxChanges
            || !await session.Db.RegistryChanges.AnyAsync(change => change.Number == _number, cancellationToken))
        {
            _byId.Clear();
        }

        foreach (var vehicleId in changes)
        {
            _byId.Remove(vehicleId);
        }

        _number = number;
    }

    /// <summary>Registers unknown vehicles; the registry is held for a change.</summary>
    public async Task RegisterAsync(IReadOnlyList<string> vehicleIds, WriteSession session, CancellationToken cancellationToken)
    {
        foreach (var vehicle in await registry.RegisterAsync(vehicleIds, session, cancellationToken))
        {
            _byId[vehicle.VehicleId] = new IngestVehicle(vehicle.VehicleId, vehicle.Id, isDeleted: false);
        }

        // Nobody else can have added one. If the transaction fails, all of this is forgotten with the queue.
        _number = await ReadNumberAsync(session, cancellationToken);
    }

    private static async Task<long> ReadNumberAsync(WriteSession session, CancellationToken cancellationToken)
    {
        await using var command = session.CreateCommand("SELECT coalesce(max(number), 0) FROM registry_change");
        return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture);
    }
}
