using Telematics.Messaging;

namespace Telematics.Api.Live;

/// <summary>Reads one queue to its end and on, for as long as the state in the view is the one it began with.</summary>
internal abstract class LiveQueueFollower(IMessageLog log, MessageQueue queue, long offset, RepeatDetector repeats, LiveMetrics metrics, TimeProvider clock, ILogger logger)
{
    private const int MaxMessages = 512;
    private const int MaxBytes = 1024 * 1024;
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(5);

    // What comes in a trickle is read by the handful: each read is a request to RocketMQ.
    private static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly RepeatMarks _marks = new();
    private readonly TaskCompletionSource _caughtUp = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when what the queue held at the beginning is in the view.</summary>
    public Task CaughtUp => _caughtUp.Task;

    protected MessageQueue Queue => queue;

    protected LiveMetrics Metrics => metrics;

    protected ILogger Logger => logger;

    /// <summary>Follows the queue; completes when the view has to be loaded again.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var reader = log.OpenReader(queue, TagFilter.All);
        long? target = null;
        var isFirst = true;
        var hasFailed = false;
        var hasWaited = false;
        var isAtEnd = false;
        var lastRead = clock.GetTimestamp();
        while (true)
        {
            if (isAtEnd && MinInterval - clock.GetElapsedTime(lastRead) is var pause && pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, clock, cancellationToken);
            }

            ReadResult result;
            try
            {
                result = await reader.ReadAsync(offset, MaxMessages, MaxBytes, target is null ? TimeSpan.Zero : Wait, cancellationToken);
                lastRead = clock.GetTimestamp();
                isAtEnd = result.NextOffset >= result.EndOffset;
                hasFailed = false;
            }
            catch (MessageLogException e)
            {
                if (!hasFailed)
                {
                    logger.ReadFailed(e, queue);
                }

                hasFailed = true;
                await Task.Delay(RetryDelay, clock, cancellationToken);
                continue;
            }

            using var batch = result.Batch;
            switch (result.Status)
            {
                case ReadStatus.Trimmed when isFirst:
                    // The database knows nothing newer either, so what retention removed is gone.
                    logger.Trimmed(queue, offset, result.NextOffset - 1);
                    metrics.Trimmed(queue.Topic, result.NextOffset - offset);
                    offset = result.NextOffset;
                    continue;
                case ReadStatus.BeyondEnd when isFirst:
                    // The log lost its tail; the consumer of this queue makes it go on above the database's offset.
                    if (!hasWaited)
                    {
                        logger.LogTooShort(queue, offset);
                    }

                    hasWaited = true;
                    await Task.Delay(RetryDelay, clock, cancellationToken);
                    continue;
                case ReadStatus.Trimmed or ReadStatus.BeyondEnd:
                    logger.Reloading(queue, offset, result.Status);
                    return;
                case ReadStatus.Messages:
                    metrics.Read(queue.Topic, batch!.Count);
                    repeats.Judge(batch, log.GetQueues(queue.Topic).Count, _marks);
                    Apply(batch, _marks, result.NextOffset);
                    repeats.Accept();
                    break;
            }

            isFirst = false;
            offset = result.NextOffset;
            target ??= result.EndOffset;
            if (offset >= target)
            {
                _caughtUp.TrySetResult();
            }
        }
    }

    /// <summary>Puts a batch into the view, and the offset behind it.</summary>
    protected abstract void Apply(MessageBatch batch, IReadOnlyList<bool> isRepeat, long nextOffset);
}
