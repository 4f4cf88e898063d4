using Microsoft.EntityFrameworkCore;
using Telematics.Storage.Model;

namespace Telematics.Storage.Erasures;

/// <summary>Erasures as operations: how far they are, and which there were.</summary>
public sealed class VehicleErasures(ITelematicsDatabase database)
{
    /// <summary>Name of the maintenance task that does the work.</summary>
    public const string TaskName = "erasures";

    /// <summary>An erasure; null when there is none of this id.</summary>
    public async Task<Erasure?> GetAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var db = database.CreateReader();
        return await db.Erasures.SingleOrDefaultAsync(erasure => erasure.Id == id, cancellationToken);
    }

    /// <summary>Erasures, the newest first.</summary>
    /// <param name="state">Only those in this state; null = all.</param>
    /// <param name="before">Id of the last one of the page before; null = from the newest on.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<IReadOnlyList<Erasure>> ListAsync(ErasureState? state, Guid? before, int limit, CancellationToken cancellationToken)
    {
        await using var db = database.CreateReader();
        var erasures = db.Erasures.AsQueryable();
        if (state is { } wanted)
        {
            erasures = erasures.Where(erasure => erasure.State == wanted);
        }

        if (before is { } last)
        {
            erasures = erasures.Where(erasure => erasure.Id < last);
        }

        // UUIDv7: the order of the ids is that of the requests, on both databases.
        return await erasures.OrderByDescending(erasure => erasure.Id).Take(limit).ToListAsync(cancellationToken);
    }
}
