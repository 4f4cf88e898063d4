using Microsoft.Extensions.Logging;
using Telematics.Messaging;

namespace Telematics.Gateway.Topics;

/// <summary>Takes messages of a <see cref="TailReader"/>.</summary>
internal interface ITailSink
{
    /// <summary>Messages in the queue's order; the batch is the reader's again when the task is done.</summary>
    /// <param name="batch">The messages.</param>
    /// <param name="isRepeat">For each whether its producer sent it again after a lost answer, the first being in the queue before it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask OnBatchAsync(MessageBatch batch, IReadOnlyList<bool> isRepeat, CancellationToken cancellationToken);
}

/// <summary>
/// Reads one queue from its end on, with an offset of its own that nobody keeps, and outlives every fault of the log. The
/// filter can be exchanged without a gap.
/// </summary>
internal sealed class TailReader(IMessageLog log, MessageQueue queue, ITailSink sink, TimeProvider time, ILogger logger)
{
    private const int MaxMessages = 512;
    private const int MaxBytes = 1 << 20;

    // Longer than RocketMQ holds two pulls: then it is never asked for the queue's end.
    private static readonly TimeSpan Wait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private volatile FilterChange _filter = new(TagFilter.All);
    private readonly RepeatDetector _repeats = new();
    private readonly RepeatMarks _marks = new();
    private long _offset = -1;

    /// <summary>Fixes the place to begin at: the queue's end now.</summary>
    public async Task SeekToEndAsync(TagFilter filter, CancellationToken cancellationToken)
    {
        _offset = (await log.GetRangeAsync(queue, cancellationToken)).EndOffset;
        _filter = new FilterChange(filter);
    }

    /// <summary>Goes on with another filter; completes when it is in effect, for everything appended from then on.</summary>
    public Task ChangeFilterAsync(TagFilter filter)
    {
        var change = new FilterChange(filter);
        var before = _filter;
        _filter = change;
        before.End();
        return change.InEffect;
    }

    /// <summary>Reads until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await ReadFilteredAsync(_filter, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    // With one reader through all faults: it knows what it read last, and so whether the log that comes back is the same.
    private async Task ReadFilteredAsync(FilterChange change, CancellationToken cancellationToken)
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, change.Ended);
        IQueueReader? reader = null;
        try
        {
            for (TimeSpan? pause = null; _filter == change;)
            {
                try
                {
                    if (reader is null)
                    {
                        reader = log.OpenReader(queue, change.Filter);
                        change.Apply();
                    }

                    await TakeAsync(await reader.ReadAsync(_offset, MaxMessages, MaxBytes, Wait, reading.Token), cancellationToken);
                    if (pause is not null)
                    {
                        pause = null;
                        logger.TopicReadAgain(queue);
                    }
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    // Another filter: the next reader goes on at the same offset.
                }
                catch (MessageLogException exception)
                {
                    if (pause is null)
                    {
                        logger.TopicReadFailed(exception, queue);
                    }

                    pause = pause is null ? FirstPause : pause * 2 < LongestPause ? pause * 2 : LongestPause;
                    await Task.Delay(pause.Value, time, cancellationToken);
                }
            }
        }
        finally
        {
            if (reader is not null)
            {
                await reader.DisposeAsync();
            }
        }
    }

    private async Task TakeAsync(ReadResult result, CancellationToken cancellationToken)
    {
        switch (result.Status)
        {
            case ReadStatus.Messages:
                using (var batch = result.Batch!)
                {
                    if (_repeats.Judge(batch, log.GetQueues(queue.Topic).Count, _marks) is > 0 and var repeats)
                    {
                        logger.TopicRepeats(queue, repeats, batch[0].Offset);
                    }

                    await sink.OnBatchAsync(batch, _marks, cancellationToken);
                    _repeats.Accept();
                }

                _offset = result.NextOffset;
                break;
            case ReadStatus.Trimmed:
                logger.TopicTrimmed(queue, _offset, result.NextOffset);
                _offset = result.NextOffset;
                break;
            case ReadStatus.BeyondEnd:
                logger.TopicBeyondEnd(queue, _offset, result.EndOffset);
                _offset = result.EndOffset;
                break;
            default:
                _offset = Math.Max(_offset, result.NextOffset);
                break;
        }
    }

#pragma warning disable CA1001 // it holds nothing: no wait handle, no timer; and its end may come at any time
    private sealed class FilterChange(TagFilter filter)
#pragma warning restore CA1001
    {
        private readonly TaskCompletionSource _inEffect = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly CancellationTokenSource _ended = new();

        public TagFilter Filter { get; } = filter;

        /// <summary>Another one has taken its place.</summary>
        public CancellationToken Ended => _ended.Token;

        public Task InEffect => _inEffect.Task;

        public void Apply() => _inEffect.TrySetResult();

        public void End() => _ended.Cancel();
    }
}
