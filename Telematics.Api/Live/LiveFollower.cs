using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Telematics.Contracts;
using Telematics.Messaging;
using Telematics.Storage.Registry;
using Telematics.Storage.Retention;

namespace Telematics.Api.Live;

/// <summary>Keeps the live view: loads it from the database and follows the log from there; again when the log cannot be followed.</summary>
internal sealed class LiveFollower(
    LiveView view,
    ILiveSnapshotSource source,
    IMessageLog log,
    IOptions<RetentionOptions> retention,
    LiveMetrics metrics,
    TimeProvider clock,
    ILogger<LiveFollower> logger,
    VehicleRegistry? registry = null) : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await RetryAsync(DeclareTopicsAsync, stoppingToken);
            while (true)
            {
                await LoadAndFollowAsync(stoppingToken);
                await Task.Delay(RetryDelay, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
    }

    private async Task DeclareTopicsAsync(CancellationToken cancellationToken)
    {
        await log.DeclareTopicAsync(new TopicDeclaration(TopicNames.Telemetry), cancellationToken);
        await log.DeclareTopicAsync(new TopicDeclaration(TopicNames.VehicleEvent), cancellationToken);
    }

    private async Task LoadAndFollowAsync(CancellationToken stoppingToken)
    {
        LiveState? state = null;
        await RetryAsync(async token => state = await source.LoadAsync(token), stoppingToken);
        metrics.Loaded();
        logger.SnapshotLoaded(state!.Counts.Registered, state.Counts.Online);
        var positions = state.Positions.Copy();
        view.Replace(state);

        var followers = new List<LiveQueueFollower>();
        followers.AddRange(log.GetQueues(TopicNames.Telemetry).Select(queue => new TelemetryFollower(view, log, queue, positions.Telemetry[queue.Index], state.TelemetryRepeats[queue.Index], retention.Value.GetLongestSampleAge(), metrics, clock, logger)));
        followers.AddRange(log.GetQueues(TopicNames.VehicleEvent).Select(queue => new VehicleEventFollower(view, log, queue, positions.Events[queue.Index], state.EventRepeats[queue.Index], metrics, clock, logger)));
        var changes = new RegistryFollower(view, source, clock, logger);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        if (registry is not null)
        {
            registry.Changed += changes.Wake;
        }

        var tasks = followers.Select(follower => Task.Run(() => follower.RunAsync(stop.Token), stop.Token)).ToList();
        tasks.Add(changes.RunAsync(positions.Registry, stop.Token));
        tasks.Add(AnnounceReadyAsync(followers, stop.Token));
        await Task.WhenAny(tasks);
        await stop.CancelAsync();
        if (registry is not null)
        {
            registry.Changed -= changes.Wake;
        }

        // One has ended because the view has to be loaded again, or all because the process stops; a fault is a bug and stops the host.
        await Task.WhenAll(tasks).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        if (tasks.FirstOrDefault(task => task.IsFaulted) is { } faulted)
        {
            await faulted;
        }

        stoppingToken.ThrowIfCancellationRequested();
    }

    // Completes only by cancellation, like the other loops: to be ready is no reason to load again.
    private async Task AnnounceReadyAsync(List<LiveQueueFollower> followers, CancellationToken cancellationToken)
    {
        await Task.WhenAll(followers.Select(follower => follower.CaughtUp)).WaitAsync(cancellationToken);
        if (!view.IsReady)
        {
            view.SetReady();
            logger.CaughtUp();
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, clock, cancellationToken);
    }

    private async Task RetryAsync(Func<CancellationToken, Task> action, CancellationToken cancellationToken)
    {
        for (var hasFailed = false; ; hasFailed = true)
        {
            try
            {
                await action(cancellationToken);
                return;
            }
            catch (Exception e) when (e is MessageLogException || source.IsUnavailable(e))
            {
                if (!hasFailed)
                {
                    logger.SnapshotFailed(e);
                }
            }

            await Task.Delay(RetryDelay, clock, cancellationToken);
        }
    }
}
