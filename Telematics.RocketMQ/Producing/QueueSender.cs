using System.Diagnostics;
using Telematics.Messaging;
using Telematics.Messaging.Staging;

namespace Telematics.RocketMQ.Producing;

/// <summary>
/// Sends what is staged for one queue: one request under way, so that the order stays, while the next batch grows. What
/// has no good answer is sent again, the same bytes, before anything newer; only a refusal makes a batch be sent in parts,
/// to find the message that is refused.
/// </summary>
#pragma warning disable CA1001 // a late wake-up may come at any time, and neither holds anything: no wait handle, no timer
internal sealed class QueueSender(BatchStaging staging, ProducingContext context) : IThreadPoolWorkItem
#pragma warning restore CA1001
{
    // A busy answer is normal life and passes within the second that this takes.
    private const int TriesBeforeLogging = 5;

    private readonly StoredBatches.Count _storedByBroker = context.StoredBatches.Of(staging.Queue.Broker);
    private readonly IBatchTransport _transport = context.Transport(staging.Queue);
    private readonly LingerPolicy _linger = new(context.Options.MaxLinger, context.Time);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _givenUp = new();
    private readonly OutcomeCollector _outcomes = new();
    private bool _isCopying;
    private volatile bool _closing;

    /// <summary>Something is staged that the sender does not know of.</summary>
    public void Wake() => PoolRelay.Queue(this);

    // Failures are answers here; whatever is thrown all the same is a bug that must not leave a queue silent: it ends the process.
    async void IThreadPoolWorkItem.Execute() => await SendStagedAsync();

    /// <summary>The staging takes no more: sends the rest, for as long as one request may take, and ends.</summary>
    public async Task CloseAsync()
    {
        _closing = true;
        await using (context.Time.CreateTimer(_ => _givenUp.Cancel(), null, context.Options.RequestTimeout, Timeout.InfiniteTimeSpan))
        {
            await SendStagedAsync();
        }
    }

    private async Task SendStagedAsync()
    {
        await _turn.WaitAsync();
        try
        {
            while (true)
            {
                var wait = _closing ? TimeSpan.Zero : _linger.GetWait();
                if (wait > TimeSpan.Zero)
                {
                    await Task.Delay(wait, context.Time);
                }

                if (staging.TakeStaged() is not { } batch)
                {
                    return;
                }

                batch.Squeeze();
                _linger.Taken(batch.Count);
                await SendAsync(batch);
                StagedBatchPool.Return(batch);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private async ValueTask SendAsync(StagedBatch batch)
    {
        var bornTime = context.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var suspicion = new Suspicion(_storedByBroker);
        for (int first = 0, count = batch.Count; first < batch.Count;)
        {
            suspicion.BeginPart();
            if (await SendPartAsync(batch, first, count, bornTime, suspicion) is not { } answer)
            {
                GiveUp(batch, first);
                return;
            }

            if (answer.Verdict == SendVerdict.MessageRefused && count > 1)
            {
                count /= 2;
                continue;
            }

            var isStored = answer.Verdict == SendVerdict.Stored;
            Complete(batch, first, count, isStored ? AppendStatus.Stored : AppendStatus.Refused, answer.FirstOffset);
            if (!isStored)
            {
                context.Metrics.Refused(count, answer.Reason);
                context.Logger.LogRefused(staging.Queue, count, answer.Remark);
                suspicion = new Suspicion(_storedByBroker);
            }

            // Behind what was refused the next may be refused as well: parts grow again as they are stored.
            first += count;
            count = Math.Min(isStored ? 2 * count : count, batch.Count - first);
        }
    }

    // Until there is an answer that decides; null: given up.
    private async ValueTask<SendAnswer?> SendPartAsync(StagedBatch batch, int first, int count, long bornTime, Suspicion suspicion)
    {
        var last = batch[first + count - 1];
        var start = batch[first].Start;
        var body = batch.Memory(start, last.Start + last.Length - start);
        using var activity = MessagingTrace.StartSend(staging.Queue, count);
        for (int failures = 0, copies = 0; ;)
        {
            try
            {
                _givenUp.Token.ThrowIfCancellationRequested();
                var sent = context.Time.GetTimestamp();
                var answer = await _transport.SendAsync(body, bornTime, _givenUp.Token);
                var elapsed = context.Time.GetElapsedTime(sent);
                _linger.Answered(elapsed);
                context.Metrics.Answered(count, body.Length, elapsed, answer);
                switch (answer.Verdict)
                {
                    case SendVerdict.Stored:
                        if (failures >= TriesBeforeLogging)
                        {
                            context.Logger.LogSendsAgain(staging.Queue, failures);
                        }

                        _isCopying = false;
                        _storedByBroker.Add();
                        return answer;
                    case SendVerdict.StoredOnMasterOnly:
                        LogCopy(count, answer);
                        await Task.Delay(RetryPause.AfterCopy(++copies), context.Time, _givenUp.Token);
                        continue;
                    case SendVerdict.Suspect when suspicion.IsConfirmedBy(isAlone: count == 1):
                        return answer with { Verdict = SendVerdict.MessageRefused };
                    case SendVerdict.MessageRefused or SendVerdict.Refused:
                        activity?.SetTag("error.type", answer.Reason).SetStatus(ActivityStatusCode.Error, answer.Remark);
                        return answer;
                }

                if (++failures == TriesBeforeLogging)
                {
                    context.Logger.LogNotSent(staging.Queue, count, failures, answer.Remark);
                }

                await Task.Delay(RetryPause.After(failures), context.Time, _givenUp.Token);
            }
            catch (OperationCanceledException) when (_givenUp.IsCancellationRequested)
            {
                return null;
            }
        }
    }

    // Once for as long as the slave, or the flush, is missing.
    private void LogCopy(int messages, in SendAnswer answer)
    {
        if (!_isCopying)
        {
            _isCopying = true;
            context.Logger.LogStoredOnMasterOnly(staging.Queue, messages, answer.Remark);
        }
    }

    private void Complete(StagedBatch batch, int first, int count, AppendStatus status, long firstOffset)
    {
        var bytes = 0L;
        for (var i = 0; i < count; i++)
        {
            ref readonly var entry = ref batch[first + i];
            bytes += entry.Length;

            // When it was stored is not in the answer.
            _outcomes.Add(entry.Sink!, new AppendOutcome(entry.Token, status, staging.Queue.Index, status == AppendStatus.Stored ? firstOffset + i : -1, 0));
        }

        if (status == AppendStatus.Stored)
        {
            context.StoredEnds.Note(staging.Queue, firstOffset + count);
        }

        staging.Release(bytes);
        context.Delivery.Deliver(_outcomes);
    }

    // Closing while the broker cannot be reached: nobody can say what became of these.
    private void GiveUp(StagedBatch batch, int first)
    {
        var messages = batch.Count - first;
        Complete(batch, first, messages, AppendStatus.Unknown, -1);
        while (staging.TakeStaged() is { } rest)
        {
            rest.Squeeze();
            messages += rest.Count;
            Complete(rest, 0, rest.Count, AppendStatus.Unknown, -1);
            StagedBatchPool.Return(rest);
        }

        context.Logger.LogClosedWithUnknown(staging.Queue, messages);
    }
}
