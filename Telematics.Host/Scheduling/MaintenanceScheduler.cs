using Hangfire;
using Telematics.Storage.Maintenance;

namespace Telematics.Host.Scheduling;

/// <summary>
/// Plans every <see cref="IMaintenanceTask"/> as a recurring job of Hangfire and runs them. It begins when the process has
/// started, so that no role waits for it; while its storage does not answer, it tries again.
/// </summary>
internal sealed class MaintenanceScheduler(
    IEnumerable<IMaintenanceTask> tasks,
    SchedulerStorage storage,
    ServiceJobActivator activator,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    ILogger<MaintenanceScheduler> logger) : BackgroundService
{
    /// <summary>What a task gets to end after the stop; the process as a whole has 8 s.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(4);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await WaitForStartAsync(stoppingToken);
            using var server = await SchedulerRetry.UntilDoneAsync("planning the tasks", StartServerAsync, clock, logger, stoppingToken);
            await using var stop = lifetime.ApplicationStopping.Register(server.SendStop);
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, clock, stoppingToken);
            }
            finally
            {
                await EndAsync(server);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The stop.
        }
    }

    private async Task<BackgroundJobServer> StartServerAsync(CancellationToken cancellationToken)
    {
        var jobs = await storage.OpenAsync(cancellationToken);
        var recurring = new RecurringJobManager(jobs);
        foreach (var task in tasks)
        {
            recurring.AddOrUpdate<MaintenanceJob>(task.Name, job => job.RunAsync(task.Name, CancellationToken.None), task.Schedule, new RecurringJobOptions { TimeZone = TimeZoneInfo.Utc });
        }

        var server = new BackgroundJobServer(
            new BackgroundJobServerOptions
            {
                WorkerCount = 2,
                SchedulePollingInterval = TimeSpan.FromSeconds(15),
                HeartbeatInterval = TimeSpan.FromMinutes(1),
                CancellationCheckInterval = TimeSpan.FromSeconds(15),

                // A run hears of the stop at once.
                StopTimeout = TimeSpan.Zero,
                ShutdownTimeout = StopPatience,
                Activator = activator,
            },
            jobs);
        logger.SchedulerReady(tasks.Count(), string.Join(", ", tasks.Select(task => $"{task.Name} {task.Schedule}")), storage.Location);
        return server;
    }

    private async Task EndAsync(BackgroundJobServer server)
    {
        server.SendStop();
        using var patience = new CancellationTokenSource(StopPatience, clock);
        try
        {
            await server.WaitForShutdownAsync(patience.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            logger.TaskOutlivesStop(StopPatience.TotalSeconds);
        }
    }

    private async Task WaitForStartAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
    }
}
