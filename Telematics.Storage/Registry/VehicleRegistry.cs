using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Telematics.Contracts;
using Telematics.Storage.Erasures;
using Telematics.Storage.Model;

namespace Telematics.Storage.Registry;

/// <summary>
/// The vehicles and their credentials. Every change writes a row of <c>registry_change</c> in the same transaction, by
/// whose growing number whoever keeps vehicles or log-ins in memory follows.
/// </summary>
public sealed class VehicleRegistry(ITelematicsDatabase database, TimeProvider clock, ILogger<VehicleRegistry> logger)
{
    // Under SQLite's 32,766 and PostgreSQL's 65,535 parameters, and small enough for a good plan.
    private const int LookupChunk = 500;

    /// <summary>Raised after a change was committed by this process, on the thread of the change: wake, do not work.</summary>
    public event Action? Changed;

    /// <summary>A registered vehicle; null when it is unknown or deleted.</summary>
    public async Task<Vehicle?> GetAsync(string vehicleId, CancellationToken cancellationToken)
    {
        await using var db = database.CreateReader();
        return await db.Vehicles.SingleOrDefaultAsync(v => v.VehicleId == vehicleId && v.DeletedAt == null, cancellationToken);
    }

    /// <summary>Registered vehicles in the order of their ids.</summary>
    /// <param name="query">Part of the id, name, VIN, brand or model, without regard to ASCII case; null = all.</param>
    /// <param name="after">The last id of the page before; null = from the beginning.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<IReadOnlyList<Vehicle>> ListAsync(string? query, string? after, int limit, CancellationToken cancellationToken)
    {
        await using var db = database.CreateReader();
        var vehicles = db.Vehicles.Where(v => v.DeletedAt == null);
        if (!string.IsNullOrEmpty(query))
        {
            // In lower case on both sides: LIKE itself regards case on PostgreSQL and not on SQLite. Both databases lower ASCII
            // only (PostgreSQL by the collation of the columns), so this does too.
#pragma warning disable CA1304, CA1311, CA1862 // translated to SQL
            var pattern = $"%{EscapeLike(LowerAscii(query))}%";
            vehicles = vehicles.Where(v =>
                EF.Functions.Like(v.VehicleId.ToLower(), pattern, "\\")
                || EF.Functions.Like(v.Name!.ToLower(), pattern, "\\")
                || EF.Functions.Like(v.Vin!.ToLower(), pattern, "\\")
                || EF.Functions.Like(v.Brand!.ToLower(), pattern, "\\")
                || EF.Functions.Like(v.Model!.ToLower(), pattern, "\\"));
#pragma warning restore CA1304, CA1311, CA1862
        }

        if (after is not null)
        {
            vehicles = vehicles.Where(v => string.Compare(v.VehicleId, after) > 0);
        }

        return await vehicles.OrderBy(v => v.VehicleId).Take(limit).ToListAsync(cancellationToken);
    }

    /// <summary>
    /// Registers a vehicle, replaces its details, or puts a deleted one back: afresh, without a newest state. One whose
    /// erasure is under way is refused, since what is erased must not be the new one's.
    /// </summary>
    /// <param name="vehicleId">A valid <see cref="VehicleId"/>.</param>
    /// <param name="details">Replace what was known.</param>
    /// <param name="actor">Who does it, for the log.</param>
    /// <param name="cancellationToken">Ends the wait; the change is made whole or not at all.</param>
    public async Task<VehiclePut> PutAsync(string vehicleId, VehicleDetails details, string actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(details);
        ThrowIfInvalid(vehicleId);
        await using var session = await database.BeginWriteAsync(cancellationToken);
        await session.LockRegistryAsync(RegistryAccess.Change, cancellationToken);
        var now = Now();
        var vehicle = await session.Db.Vehicles.SingleOrDefaultAsync(v => v.VehicleId == vehicleId, cancellationToken);
        var isNew = vehicle is null or { DeletedAt: not null };
        if (vehicle is { ErasedAt: not null } && await FindErasureAsync(session, vehicle, cancellationToken) is { State: ErasureState.Running } erasure)
        {
            return new VehiclePut(vehicle, false, erasure.Id);
        }

        if (vehicle is null)
        {
            vehicle = new Vehicle { VehicleId = vehicleId, CreatedAt = now };
            session.Db.Vehicles.Add(vehicle);
        }
        else if (isNew)
        {
            vehicle.CreatedAt = now;
            vehicle.DeletedAt = vehicle.ErasedAt = null;
        }

        (vehicle.Name, vehicle.Vin, vehicle.Brand, vehicle.Model, vehicle.Attributes) =
            (details.Name, details.Vin, details.Brand, details.Model, details.Attributes);
        vehicle.UpdatedAt = now;
        await session.Db.SaveChangesAsync(cancellationToken);
        await CommitAsync(session, vehicle, RegistryChangeKind.Put, cancellationToken);
        logger.VehiclePut(vehicleId, isNew, actor);
        return new VehiclePut(vehicle, isNew);
    }

    /// <summary>Deletes a vehicle and revokes its credential. What is left keeps its late messages out until the next put.</summary>
    /// <returns>False when it was not registered.</returns>
    public async Task<bool> DeleteAsync(string vehicleId, string actor, CancellationToken cancellationToken)
    {
        await using var session = await database.BeginWriteAsync(cancellationToken);
        await session.LockRegistryAsync(RegistryAccess.Change, cancellationToken);
        var vehicle = await session.Db.Vehicles.SingleOrDefaultAsync(v => v.VehicleId == vehicleId && v.DeletedAt == null, cancellationToken);
        if (vehicle is null)
        {
            return false;
        }

        vehicle.DeletedAt = vehicle.UpdatedAt = Now();
        await RevokeAsync(session, vehicle, cancellationToken);
        await NewestState.ForgetAsync(session, vehicle.Id, cancellationToken);
        await CommitAsync(session, vehicle, RegistryChangeKind.Deleted, cancellationToken);
        logger.VehicleDeleted(vehicleId, actor);
        return true;
    }

    /// <summary>
    /// Begins to erase everything that is known of a vehicle, registered or deleted; it is a tombstone from now on. The
    /// work is that of the task <see cref="VehicleErasures.TaskName"/>.
    /// </summary>
    /// <returns>The erasure, which may have been asked for before; null when nobody knows the vehicle.</returns>
    public async Task<ErasureRequest?> EraseAsync(string vehicleId, string actor, CancellationToken cancellationToken)
    {
        await using var session = await database.BeginWriteAsync(cancellationToken);
        await session.LockRegistryAsync(RegistryAccess.Change, cancellationToken);
        var vehicle = await session.Db.Vehicles.SingleOrDefaultAsync(v => v.VehicleId == vehicleId, cancellationToken);
        if (vehicle is null)
        {
            return null;
        }

        if (vehicle.ErasedAt is not null && await FindErasureAsync(session, vehicle, cancellationToken) is { } earlier)
        {
            return new ErasureRequest(earlier, IsNew: false);
        }

        var now = Now();
        if (vehicle.DeletedAt is null)
        {
            vehicle.DeletedAt = now;
            session.Db.RegistryChanges.Add(Change(vehicle, RegistryChangeKind.Deleted, now));
            await session.Db.SaveChangesAsync(cancellationToken);
        }

        vehicle.ErasedAt = vehicle.UpdatedAt = now;
        await RevokeAsync(session, vehicle, cancellationToken);
        await NewestState.ForgetAsync(session, vehicle.Id, cancellationToken);
        var erasure = new Erasure
        {
            Id = Guid.CreateVersion7(new DateTimeOffset(now)),
            VehicleKey = vehicle.Id,
            VehicleId = vehicle.VehicleId,
            RequestedBy = actor,
            RequestedAt = now,
        };
        session.Db.Erasures.Add(erasure);
        await CommitAsync(session, vehicle, RegistryChangeKind.Erased, cancellationToken);
        logger.ErasureRequested(erasure.Id, vehicleId, actor);
        return new ErasureRequest(erasure, IsNew: true);
    }

    /// <summary>Gives a vehicle a new secret, in place of the one it had.</summary>
    /// <returns>Null when the vehicle is not registered.</returns>
    public async Task<IssuedCredential?> IssueCredentialAsync(string vehicleId, string actor, CancellationToken cancellationToken)
    {
        await using var session = await database.BeginWriteAsync(cancellationToken);
        await session.LockRegistryAsync(RegistryAccess.Change, cancellationToken);
        var vehicle = await session.Db.Vehicles.SingleOrDefaultAsync(v => v.VehicleId == vehicleId && v.DeletedAt == null, cancellationToken);
        if (vehicle is null)
        {
            return null;
        }

        var hasReplaced = await RevokeAsync(session, vehicle, cancellationToken);
        var secret = Secrets.Create();
        var now = Now();
        session.Db.VehicleCredentials.Add(new VehicleCredential { VehicleKey = vehicle.Id, SecretHash = Secrets.Hash(secret), CreatedAt = now });
        await CommitAsync(session, vehicle, RegistryChangeKind.CredentialIssued, cancellationToken);
        logger.CredentialIssued(vehicleId, hasReplaced, actor);
        return new IssuedCredential(secret, now, hasReplaced);
    }

    /// <summary>Revokes a vehicle's secret.</summary>
    /// <returns>False when it has none.</returns>
    public async Task<bool> RevokeCredentialAsync(string vehicleId, string actor, CancellationToken cancellationToken)
    {
        await using var session = await database.BeginWriteAsync(cancellationToken);
        await session.LockRegistryAsync(RegistryAccess.Change, cancellationToken);
        var vehicle = await session.Db.Vehicles.SingleOrDefaultAsync(v => v.VehicleId == vehicleId && v.DeletedAt == null, cancellationToken);
        if (vehicle is null || !await RevokeAsync(session, vehicle, cancellationToken))
        {
            return false;
        }

        await CommitAsync(session, vehicle, RegistryChangeKind.CredentialRevoked, cancellationToken);
        logger.CredentialRevoked(vehicleId, actor);
        return true;
    }

    /// <summary>Changes after a number, in their order.</summary>
    public async Task<IReadOnlyList<RegistryChange>> GetChangesAsync(long afterNumber, int limit, CancellationToken cancellationToken)
    {
        await using var db = database.CreateReader();
        return await db.RegistryChanges.Where(c => c.Number > afterNumber).OrderBy(c => c.Number).Take(limit).ToListAsync(cancellationToken);
    }

    /// <summary>Finds vehicles by id, deleted ones too, within a transaction. Unknown ones are not in the answer.</summary>
    public static async Task<IReadOnlyList<Vehicle>> FindAsync(TelematicsDbContext db, IReadOnlyList<string> vehicleIds, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(db);
        ArgumentNullException.ThrowIfNull(vehicleIds);
        var found = new List<Vehicle>(vehicleIds.Count);
        foreach (var chunk in vehicleIds.Chunk(LookupChunk))
        {
            found.AddRange(await db.Vehicles.AsNoTracking().Where(v => chunk.Contains(v.VehicleId)).ToListAsync(cancellationToken));
        }

        return found;
    }

    /// <summary>
    /// Registers vehicles that reported first, many at once, in the caller's transaction; the caller holds the registry for
    /// <see cref="RegistryAccess.Change"/>, has looked that they are unknown, and calls <see cref="OnChangesCommitted"/> afterwards.
    /// </summary>
    public async Task<IReadOnlyList<Vehicle>> RegisterAsync(IReadOnlyList<string> vehicleIds, WriteSession session, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(vehicleIds);
        ArgumentNullException.ThrowIfNull(session);
        var now = Now();
        var vehicles = vehicleIds.Select(id => new Vehicle { VehicleId = id, CreatedAt = now, UpdatedAt = now }).ToList();
        session.Db.Vehicles.AddRange(vehicles);
        await session.Db.SaveChangesAsync(cancellationToken);
        session.Db.RegistryChanges.AddRange(vehicles.Select(vehicle => Change(vehicle, RegistryChangeKind.Put, now)));
        await session.Db.SaveChangesAsync(cancellationToken);
        session.Db.ChangeTracker.Clear();
        return vehicles;
    }

    /// <summary>Wakes who waits for <see cref="Changed"/>: changes of <see cref="RegisterAsync"/> were committed.</summary>
    public void OnChangesCommitted(int count)
    {
        logger.VehiclesRegistered(count);
        Changed?.Invoke();
    }

    private static void ThrowIfInvalid(string vehicleId)
    {
        if (!VehicleId.IsValid(vehicleId))
        {
            throw new ArgumentException($"'{vehicleId}' is no vehicle id: 1 to {VehicleId.MaxLength} of [A-Za-z0-9_.:@-].", nameof(vehicleId));
        }
    }

    private static string LowerAscii(string text) => string.Create(text.Length, text, static (lower, text) =>
    {
        for (var i = 0; i < text.Length; i++)
        {
            lower[i] = char.IsAsciiLetterUpper(text[i]) ? (char)(text[i] | 0x20) : text[i];
        }
    });

    private static string EscapeLike(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);

    // One that is under way first: the clocks of two processes do not tell which one is the newest.
    private static async Task<Erasure?> FindErasureAsync(WriteSession session, Vehicle vehicle, CancellationToken cancellationToken) =>
        await session.Db.Erasures.AsNoTracking()
            .Where(erasure => erasure.VehicleKey == vehicle.Id)
            .OrderBy(erasure => erasure.State)
            .ThenByDescending(erasure => erasure.RequestedAt)
            .FirstOrDefaultAsync(cancellationToken);

    private static RegistryChange Change(Vehicle vehicle, RegistryChangeKind kind, DateTime at) =>
        new() { VehicleKey = vehicle.Id, VehicleId = vehicle.VehicleId, Kind = kind, At = at };

    private async Task<bool> RevokeAsync(WriteSession session, Vehicle vehicle, CancellationToken cancellationToken)
    {
        var now = Now();
        return await session.Db.VehicleCredentials
            .Where(credential => credential.VehicleKey == vehicle.Id && credential.RevokedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(credential => credential.RevokedAt, now), cancellationToken) > 0;
    }

    private async Task CommitAsync(WriteSession session, Vehicle vehicle, RegistryChangeKind kind, CancellationToken cancellationToken)
    {
        session.Db.RegistryChanges.Add(Change(vehicle, kind, Now()));
        await session.Db.SaveChangesAsync(cancellationToken);
        await session.CommitAsync(cancellationToken);
        Changed?.Invoke();
    }

    // To the microsecond, as the database keeps it: what is answered now is what is read later.
    private DateTime Now()
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
