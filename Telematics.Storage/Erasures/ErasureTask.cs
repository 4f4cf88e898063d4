using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Telematics.Storage.Maintenance;
using Telematics.Storage.Model;

namespace Telematics.Storage.Erasures;

/// <summary>
/// Brings every erasure that was asked for to its end, the oldest first. One that fails lets the others pass, and is gone
/// on with after a pause that doubles with each failure.
/// </summary>
internal sealed class ErasureTask(ITelematicsDatabase database, TimeProvider clock, StorageMetrics metrics, ILogger<ErasureTask> logger) : IMaintenanceTask
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

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
            try
            {
                await new ErasureRun(database, erasure, BatchRows, clock, metrics, logger).RunAsync(cancellationToken);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                await NoteFailureAsync(erasure, exception, cancellationToken);
            }
        }
    }

    private async Task<Erasure?> FindNextAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        await using var db = database.CreateReader();
        return await db.Erasures
            .Where(erasure => erasure.State == ErasureState.Running && (erasure.RetryAt == null || erasure.RetryAt <= now))
            .OrderBy(erasure => erasure.RequestedAt)
            .FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>When that fails too, it is the database and not this erasure: the run ends, and all of them wait for the next.</summary>
    private async Task NoteFailureAsync(Erasure erasure, Exception exception, CancellationToken cancellationToken)
    {
        var pause = FirstPause * Math.Pow(2, Math.Min(erasure.Failures, 10));
        pause = pause < LongestPause ? pause : LongestPause;
        metrics.ErasureFailed();
        logger.ErasureFailed(exception, erasure.Id, erasure.VehicleId, erasure.Failures + 1, pause);
        var retryAt = clock.GetUtcNow().UtcDateTime + pause;
        var reason = exception.Message[..Math.Min(exception.Message.Length, ModelLimits.ErasureFailure)];
        await using var session = await database.BeginWriteAsync(cancellationToken);
        await session.Db.Erasures
            .Where(row => row.Id == erasure.Id && row.State == ErasureState.Running)
            .ExecuteUpdateAsync(
                set => set
                    .SetProperty(row => row.Failures, row => row.Failures + 1)
                    .SetProperty(row => row.LastFailure, reason)
                    .SetProperty(row => row.RetryAt, retryAt),
                cancellationToken);
        await session.CommitAsync(cancellationToken);
    }
}
