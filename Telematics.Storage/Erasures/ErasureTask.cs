using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Telematics.Storage.Maintenance;
using Telematics.Storage.Model;

namespace Telematics.Storage.Erasures;

/// <summary>Brings every erasure that was asked for to its end, the oldest first.</summary>
internal sealed class ErasureTask(ITelematicsDatabase database, TimeProvider clock, StorageMetrics metrics, ILogger<ErasureTask> logger) : IMaintenanceTask
{
    /// <inheritdoc/>
    public string Name => VehicleErasures.TaskName;

    /// <inheritdoc/>
    public string Schedule => "* * * * *";

    /// <summary>Rows in one transaction; commands a tenth, since each has several rows.</summary>
    internal int BatchRows { get; init; } = 5_000;

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await FindNextAsync(cancellationToken) is { } erasure)
        {
            await new ErasureRun(database, erasure, BatchRows, clock, metrics, logger).RunAsync(cancellationToken);
        }
    }

    private async Task<Erasure?> FindNextAsync(CancellationToken cancellationToken)
    {
        await using var db = database.CreateReader();
        return await db.Erasures
            .Where(erasure => erasure.State == ErasureState.Running)
            .OrderBy(erasure => erasure.RequestedAt)
            .FirstOrDefaultAsync(cancellationToken);
    }
}
