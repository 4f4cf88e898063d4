using Telematics.Messaging;

namespace Telematics.Storage.Consumers;

/// <summary>
/// One pass over a queue, from reading the stored position to the first failure. What it knows of the queue in memory is
/// thrown away with it, and the handler is told to do the same.
/// </summary>
internal sealed class QueuePass(
    ConsumerServices services,
    ConsumerSettings settings,
    MessageQueue queue,
    IQueueBatchHandler handler,
    QueueProgress progress,
    Action<MessageQueue, long> report) : IAsyncDisposable
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CleanInterval = TimeSpan.FromHours(1);

    private readonly StoredPositions _positions = new(settings.Group, queue);
    private readonly RepeatDetector _numbers = new();
    private readonly RepeatMarks _marks = new();
    private readonly CancellationTokenSource _end = new();
    private IQueueReader? _reader;
    private int _queueCount;
    private QueuePosition _position;
    private long _readOffset;
    private Task<Fetched>? _next;
    private long _lastFetch;
    private bool _hasMore = true;
    private long _lastReport;
    private long _lastClean;

    /// <summary>How many messages the batch has that was applied last, or failed.</summary>
    public int BatchSize { get; private set; }

    /// <summary>Reads the position, then what depends on it, and compares it with the log.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        _queueCount = services.Log.GetQueues(settings.Topic).Count;
        await using (var session = await services.Database.BeginWriteAsync(cancellationToken))
        {
            _position = await _positions.LoadAsync(session, cancellationToken);
            await _positions.LoadNumbersAsync(session, _numbers, cancellationToken);
            await session.CommitAsync(cancellationToken);
        }

        _position = await PositionCheck.VerifyAsync(services.Log, settings.Group, queue, _position, services.Logger, cancellationToken);
        _readOffset = _position.NextOffset;
        _reader = services.Log.OpenReader(queue, TagFilter.All);
        _lastReport = _lastClean = services.Clock.GetTimestamp();
        progress.Committed(_position);
        services.Logger.QueueTaken(settings.Group, queue, _position.NextOffset);
    }

    /// <summary>Reads and applies one batch.</summary>
    /// <param name="maxMessages">At most so many messages.</param>
    /// <param name="prefetch">Whether the next batch is read and prepared while this one is applied.</param>
    /// <param name="inParts">Whether the message is to be applied in parts, being alone.</param>
    /// <param name="cancellationToken">Ends the wait, or the transaction.</param>
    public async Task<PassStep> StepAsync(int maxMessages, bool prefetch, bool inParts, CancellationToken cancellationToken)
    {
        if (inParts || _position.NextPart != 0)
        {
            // Another pass, perhaps of another process, may have begun with this message.
            (maxMessages, prefetch, inParts) = (1, false, true);
        }

        var fetching = _next ?? FetchAsync(_readOffset, maxMessages);
        _next = null;
        Fetched fetched;
        using (cancellationToken.UnsafeRegister(static end => ((CancellationTokenSource)end!).Cancel(), _end))
        {
            fetched = await fetching;
        }

        using var batch = fetched.Result.Batch;
        progress.Ended(fetched.Result.EndOffset);
        switch (fetched.Result.Status)
        {
            case ReadStatus.Nothing:
                _readOffset = Math.Max(_readOffset, fetched.Result.NextOffset);
                progress.CaughtUp(fetched.BeganAt);
                ReportNowAndThen();
                return PassStep.Idle;
            case ReadStatus.Trimmed:
                return await SkipTrimmedAsync(fetched.Result.NextOffset, cancellationToken);
            case ReadStatus.Undecodable:
                return await SetAsideAsync(fetched.Result.Undecodable!, fetched.Result.NextOffset, cancellationToken);
            case ReadStatus.BeyondEnd:
                _position = await PositionCheck.VerifyAsync(services.Log, settings.Group, queue, _position, services.Logger, cancellationToken);
                return PassStep.Idle;
            default:
                _readOffset = fetched.Result.NextOffset;
                if (prefetch)
                {
                    _next = FetchAsync(_readOffset, maxMessages);
                }

                BatchSize = batch!.Count;
                return await ApplyAsync(batch, fetched, inParts, cancellationToken);
        }
    }

    /// <summary>Puts the message that cannot be applied into <c>telemetry_rejected</c>, and goes on behind it.</summary>
    public async Task<PassStep> SetAsideAsync(BatchRefusedException condemned, CancellationToken cancellationToken)
    {
        var result = await _reader!.ReadAsync(_position.NextOffset, 1, settings.MaxBytes, settings.Wait, cancellationToken);
        using var batch = result.Batch;
        if (batch is null || batch[0].Offset != condemned.FirstOffset)
        {
            // Trimmed meanwhile, or applied by another owner.
            return PassStep.SetAside;
        }

        var position = PositionBehind(batch, result.NextOffset);
        _numbers.Judge(batch, _queueCount, _marks);
        await using (var session = await services.Database.BeginWriteAsync(cancellationToken))
        {
            if (!await TryMoveAsync(session, position, cancellationToken))
            {
                return PassStep.Lost;
            }

            await StoredPositions.AddRefusedAsync(session, batch, condemned.InnerException!.Message, cancellationToken);
            await _positions.SaveNumbersAsync(session, _numbers, Now(), cancellationToken);
            await session.CommitAsync(cancellationToken);
        }

        Advance(position);
        _readOffset = position.NextOffset;
        services.Logger.MessageRefused(settings.Group, queue, condemned.FirstOffset, condemned.InnerException!.Message);
        services.Metrics.Refused(settings.Group, queue.Topic);
        return PassStep.SetAside;
    }

    /// <summary>Puts a message that the log cannot decode into <c>telemetry_rejected</c>, and goes on behind it. The log has logged it.</summary>
    private async Task<PassStep> SetAsideAsync(UndecodableRecord record, long nextOffset, CancellationToken cancellationToken)
    {
        var position = _position with { NextOffset = nextOffset, NextPart = 0 };
        await using (var session = await services.Database.BeginWriteAsync(cancellationToken))
        {
            if (!await TryMoveAsync(session, position, cancellationToken))
            {
                return PassStep.Lost;
            }

            await _positions.AddUndecodableAsync(session, record, Now(), cancellationToken);
            await session.CommitAsync(cancellationToken);
        }

        services.Metrics.Refused(settings.Group, queue.Topic);
        _numbers.Discard();
        Advance(position);
        _readOffset = nextOffset;
        return PassStep.SetAside;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        if (_next is not null)
        {
            try
            {
                (await _next).Result.Batch?.Dispose();
            }
#pragma warning disable CA1031 // its outcome is not wanted any more; the next pass meets the same failure and reports it
            catch (Exception)
#pragma warning restore CA1031
            {
            }
        }

        if (_reader is not null)
        {
            await _reader.DisposeAsync();
            services.Logger.QueueGivenBack(settings.Group, queue, _position.NextOffset);
            report(queue, _position.NextOffset);
        }

        services.Metrics.Reset(settings.Group, queue.Topic);
        handler.OnReset(queue);
        _end.Dispose();
    }

    private async Task<PassStep> ApplyAsync(MessageBatch batch, Fetched fetched, bool inParts, CancellationToken cancellationToken)
    {
        var began = services.Clock.GetTimestamp();
        var position = PositionBehind(batch, fetched.Result.NextOffset);
        var repeats = _numbers.Judge(batch, _queueCount, _marks);
        try
        {
            await using var session = await services.Database.BeginWriteAsync(cancellationToken);
            if (!await TryMoveAsync(session, position, cancellationToken))
            {
                return PassStep.Lost;
            }

            if (!inParts)
            {
                await handler.ApplyAsync(batch, _marks, session, cancellationToken);
            }
            else if (await handler.ApplyPartAsync(batch, _marks, _position.NextPart, session, cancellationToken) is not 0 and var next)
            {
                var within = _position with { NextPart = next };
                await _positions.TryMoveAsync(session, position, within, cancellationToken);
                await session.CommitAsync(cancellationToken);
                _numbers.Discard();
                handler.OnCommitted(queue, within);
                return PassStep.Part;
            }

            await _positions.SaveNumbersAsync(session, _numbers, Now(), cancellationToken);
            await CleanNowAndThenAsync(session, cancellationToken);
            await session.CommitAsync(cancellationToken);
        }
        catch (Exception exception) when (IsToBlame(exception, cancellationToken))
        {
            throw new BatchRefusedException(batch[0].Offset, batch.Count, exception);
        }

        Advance(position);
        services.Metrics.Committed(settings.Group, queue.Topic, batch.Count, repeats, services.Clock.GetElapsedTime(began));
        if (position.NextOffset >= fetched.Result.EndOffset)
        {
            progress.CaughtUp(fetched.BeganAt);
        }

        return PassStep.Applied;
    }

    private async Task<PassStep> SkipTrimmedAsync(long begin, CancellationToken cancellationToken)
    {
        var from = _position.NextOffset;
        var position = new QueuePosition(begin, -1, 0);
        await using (var session = await services.Database.BeginWriteAsync(cancellationToken))
        {
            if (!await TryMoveAsync(session, position, cancellationToken))
            {
                return PassStep.Lost;
            }

            await _positions.AddTrimmedRangeAsync(session, from, begin, Now(), cancellationToken);
            await session.CommitAsync(cancellationToken);
        }

        services.Logger.OffsetsTrimmed(queue, from, begin, settings.Group);
        services.Metrics.Trimmed(settings.Group, queue.Topic, begin - from);
        _numbers.Discard();
        Advance(position);
        _readOffset = begin;
        return PassStep.Applied;
    }

    private async Task<bool> TryMoveAsync(WriteSession session, QueuePosition position, CancellationToken cancellationToken)
    {
        // First of all, so that a second owner of the queue waits here and then finds that it is not the owner.
        if (await _positions.TryMoveAsync(session, _position, position, cancellationToken))
        {
            return true;
        }

        services.Logger.PositionLost(settings.Group, queue);
        return false;
    }

    private void Advance(QueuePosition position)
    {
        _numbers.Accept();
        _position = position;
        progress.Committed(position);
        handler.OnCommitted(queue, position);
        ReportNowAndThen();
    }

    private async Task<Fetched> FetchAsync(long offset, int maxMessages)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var pause = settings.MinInterval - services.Clock.GetElapsedTime(_lastFetch);
        if (!_hasMore && pause > TimeSpan.Zero)
        {
            await Task.Delay(pause, services.Clock, _end.Token);
        }

        var beganAt = services.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var result = await _reader!.ReadAsync(offset, maxMessages, settings.MaxBytes, settings.Wait, _end.Token);
        _lastFetch = services.Clock.GetTimestamp();
        _hasMore = result.NextOffset < result.EndOffset;
        if (result.Batch is { } batch)
        {
            Prepare(batch);
        }

        return new Fetched(result, beganAt);
    }

    private void Prepare(MessageBatch batch)
    {
        try
        {
            handler.Prepare(batch);
        }
        catch (Exception exception) when (IsToBlame(exception, _end.Token))
        {
            var refused = new BatchRefusedException(batch[0].Offset, batch.Count, exception);
            batch.Dispose();
            throw refused;
        }
    }

    private bool IsToBlame(Exception exception, CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested
        && !services.Database.IsUnavailable(exception)
        && exception is not (MessageLogException or OperationCanceledException or TimeoutException or BatchRefusedException or Contracts.StartupException);

    private async Task CleanNowAndThenAsync(WriteSession session, CancellationToken cancellationToken)
    {
        if (services.Clock.GetElapsedTime(_lastClean) >= CleanInterval)
        {
            _lastClean = services.Clock.GetTimestamp();
            await _positions.DeleteNumbersAsync(session, Now().AddDays(-services.Options.ProducerProgressRetentionDays), cancellationToken);
        }
    }

    private void ReportNowAndThen()
    {
        if (services.Clock.GetElapsedTime(_lastReport) >= ReportInterval)
        {
            _lastReport = services.Clock.GetTimestamp();
            report(queue, _position.NextOffset);
        }
    }

    private DateTime Now() => services.Clock.GetUtcNow().UtcDateTime;

    private static QueuePosition PositionBehind(MessageBatch batch, long nextOffset)
    {
        var last = batch[batch.Count - 1];
        return new QueuePosition(nextOffset, last.Offset, last.StoreTime);
    }

    /// <summary>An answer, and when it was asked for (milliseconds since 1970-01-01 UTC).</summary>
    private readonly record struct Fetched(ReadResult Result, long BeganAt);
}
