using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Registry;
using Telematics.Storage.Retention;
using Telematics.Storage.Rollups;

namespace Telematics.Ingest;

/// <summary>Applies batches of <c>telemetry</c>: one <see cref="QueueIngest"/> for each queue.</summary>
internal sealed class TelemetryHandler(
    IMessageLog log,
    ITelemetryStore store,
    LateTelemetry late,
    VehicleRegistry registry,
    IOptions<VehiclesOptions> vehicles,
    IOptions<RetentionOptions> retention,
    IngestStatus status,
    IngestMetrics metrics,
    TimeProvider clock,
    ILogger<TelemetryHandler> logger) : IQueueBatchHandler
{
    private static readonly TimeSpan RejectingInterval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<MessageQueue, QueueIngest> _queues = new();
    private long _lastRejecting;

    /// <inheritdoc/>
    public void Prepare(MessageBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        _queues.GetOrAdd(batch.Queue, Create).Prepare(batch);
    }

    /// <inheritdoc/>
    public async ValueTask ApplyAsync(MessageBatch batch, IReadOnlyList<bool> isRepeat, WriteSession session, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        await _queues.GetOrAdd(batch.Queue, Create).ApplyAsync(batch, isRepeat, session, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<long> ApplyPartAsync(MessageBatch batch, IReadOnlyList<bool> isRepeat, long part, WriteSession session, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return await _queues.GetOrAdd(batch.Queue, Create).ApplyPartAsync(batch, isRepeat, part, session, cancellationToken);
    }

    /// <inheritdoc/>
    public void OnCommitted(MessageQueue queue, QueuePosition position)
    {
        if (!_queues.TryGetValue(queue, out var ingest))
        {
            return;
        }

        var counts = ingest.Counts;
        status.Committed(in counts);
        metrics.Committed(in counts);
        foreach (var reason in ingest.Rejected.CountBy(rejected => rejected.Reason))
        {
            metrics.Rejected(reason.Key, reason.Value);
        }

        if (ingest.Rejected.Count > 0)
        {
            LogRejecting(queue, ingest);
        }

        if (ingest.Registered > 0)
        {
            registry.OnChangesCommitted(ingest.Registered);
        }

        ingest.EndBatch();
    }

    /// <inheritdoc/>
    public void OnReset(MessageQueue queue) => _queues.TryRemove(queue, out _);

    private QueueIngest Create(MessageQueue queue) =>
        new(queue, log.GetQueues(queue.Topic).Count, store, late, registry, vehicles.Value.AutoRegister, retention.Value.GetLongestSampleAge());

    /// <summary>Every rejection is counted and kept; the log says once a minute that there are some.</summary>
    private void LogRejecting(MessageQueue queue, QueueIngest ingest)
    {
        var last = Interlocked.Read(ref _lastRejecting);
        if ((last == 0 || clock.GetElapsedTime(last) >= RejectingInterval)
            && Interlocked.CompareExchange(ref _lastRejecting, clock.GetTimestamp(), last) == last)
        {
            var first = ingest.Rejected[0];
            logger.Rejecting(ingest.Rejected.Count, queue.ToString(), first.Reason.ToString(), first.Detail);
        }
    }
}
