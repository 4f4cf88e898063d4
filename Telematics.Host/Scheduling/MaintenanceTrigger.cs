using System.Threading.Channels;
using Hangfire;
using Telematics.Storage.Maintenance;

namespace Telematics.Host.Scheduling;

/// <summary>
/// Takes the names of tasks that are to run soon to the scheduler's storage, for whichever process runs them: at once where
/// that is this one, else within 15 s.
/// </summary>
internal sealed class MaintenanceTrigger(SchedulerStorage storage, TimeProvider clock, ILogger<MaintenanceTrigger> logger) : BackgroundService, IMaintenanceTrigger
{
    private readonly Channel<string> _asked = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });

    /// <inheritdoc/>
    public void RunSoon(string taskName) => _asked.Writer.TryWrite(taskName);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var client = new BackgroundJobClient(await SchedulerRetry.UntilDoneAsync("opening its storage", storage.OpenAsync, clock, logger, stoppingToken));
            await foreach (var name in _asked.Reader.ReadAllAsync(stoppingToken))
            {
                await SchedulerRetry.UntilDoneAsync(
                    $"having {name} run",
                    _ => Task.FromResult(client.Enqueue<MaintenanceJob>(job => job.RunSoonAsync(name, CancellationToken.None))),
                    clock,
                    logger,
                    stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The stop.
        }
    }
}
