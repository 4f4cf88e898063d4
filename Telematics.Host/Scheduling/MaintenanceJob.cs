using Hangfire;
using Telematics.Storage.Maintenance;

namespace Telematics.Host.Scheduling;

/// <summary>
/// What Hangfire runs: one task by its name. A run that fails is not repeated by Hangfire, since the next time of the task
/// is never far; its job is deleted (and shown as such for a day) instead of being kept as failed for ever.
/// </summary>
internal sealed class MaintenanceJob(
    IEnumerable<IMaintenanceTask> tasks,
    IMaintenanceLock locks,
    SchedulerStorage storage,
    SchedulingMetrics metrics,
    TimeProvider clock,
    ILogger<MaintenanceJob> logger)
{
    /// <summary>How long an asked run waits for one that is under way, before it looks again.</summary>
    private static readonly TimeSpan BusyDelay = TimeSpan.FromSeconds(15);

    /// <summary>A run at the task's time; left out while another one is under way, here or in another process.</summary>
    [AutomaticRetry(Attempts = 0, LogEvents = false, OnAttemptsExceeded = AttemptsExceededAction.Delete)]
    [JobDisplayName("{0}")]
    public async Task RunAsync(string taskName, CancellationToken cancellationToken) =>
        await TryRunAsync(taskName, cancellationToken);

    /// <summary>
    /// A run that was asked for: what it is to do may have come after the one under way has looked, so it is made up when
    /// that one has ended.
    /// </summary>
    [AutomaticRetry(Attempts = 0, LogEvents = false, OnAttemptsExceeded = AttemptsExceededAction.Delete)]
    [JobDisplayName("{0}, asked for")]
    public async Task RunSoonAsync(string taskName, CancellationToken cancellationToken)
    {
        if (!await TryRunAsync(taskName, cancellationToken))
        {
            new BackgroundJobClient(storage.Value).Schedule<MaintenanceJob>(job => job.RunSoonAsync(taskName, CancellationToken.None), BusyDelay);
        }
    }

    /// <returns>False when a run was under way.</returns>
    private async Task<bool> TryRunAsync(string taskName, CancellationToken stopping)
    {
        var task = tasks.FirstOrDefault(task => string.Equals(task.Name, taskName, StringComparison.Ordinal));
        if (task is null)
        {
            logger.TaskUnknown(taskName);
            return true;
        }

        var begun = clock.GetTimestamp();
        try
        {
            await using var lease = await locks.TryTakeAsync(taskName, stopping);
            if (lease is null)
            {
                metrics.Skipped(taskName);
                logger.TaskBusy(taskName);
                return false;
            }

            using var run = CancellationTokenSource.CreateLinkedTokenSource(stopping, lease.Lost);
            await task.RunAsync(run.Token);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !stopping.IsCancellationRequested)
        {
            var failedAfter = clock.GetElapsedTime(begun);
            metrics.Ended(taskName, failedAfter, hasFailed: true);
            logger.TaskFailed(exception, taskName, failedAfter.TotalSeconds);
            throw;
        }

        var elapsed = clock.GetElapsedTime(begun);
        metrics.Ended(taskName, elapsed, hasFailed: false);
        logger.TaskRan(taskName, elapsed.TotalSeconds);
        return true;
    }
}
