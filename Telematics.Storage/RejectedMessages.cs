using Microsoft.EntityFrameworkCore;
using Telematics.Contracts.Telemetry;
using Telematics.Storage.Model;

namespace Telematics.Storage;

/// <summary>What could not be accepted, for the operator.</summary>
public sealed class RejectedMessages(ITelematicsDatabase database)
{
    /// <summary>The newest ones first.</summary>
    /// <param name="vehicleId">Only of this vehicle; null = of all.</param>
    /// <param name="reason">Only for this reason; null = for any.</param>
    /// <param name="beforeId">Id of the last one of the page before; null = from the newest on.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<IReadOnlyList<RejectedMessage>> ListAsync(string? vehicleId, RejectReason? reason, long? beforeId, int limit, CancellationToken cancellationToken)
    {
        await using var db = database.CreateReader();

        // Those of a vehicle that is being erased are still there and not shown any more.
        var rejected = db.RejectedMessages.Where(r =>
            !db.Vehicles.Any(v => v.VehicleId == r.VehicleId && v.ErasedAt != null)
            && !db.Vehicles.Any(v => v.VehicleId == r.ClientId && v.ErasedAt != null));
        if (vehicleId is not null)
        {
            rejected = rejected.Where(r => r.VehicleId == vehicleId);
        }

        if (reason is not null)
        {
            rejected = rejected.Where(r => r.Reason == reason);
        }

        if (beforeId is not null)
        {
            rejected = rejected.Where(r => r.Id < beforeId);
        }

        return await rejected.OrderByDescending(r => r.Id).Take(limit).ToListAsync(cancellationToken);
    }
}
