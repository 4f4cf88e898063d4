using Telematics.Messaging;

namespace Telematics.Storage.Consumers;

/// <summary>The loop over one queue: begins at the stored offset, and begins there again after every failure.</summary>
internal sealed class QueueConsumer(
    ConsumerServices services,
    ConsumerSettings settings,
    MessageQueue queue,
    IQueueBatchHandler handler,
    Action<MessageQueue, long> report) : IAsyncDisposable
{
    // Three times alone and still refused: the message is to blame, not the moment.
    private const int RefusalsToCondemn = 3;

    // So many in a row, and it is hardly the messages: go slowly, until somebody looks at the log.
    private const int CondemnedInRow = 10;

    // So many successes, and a batch that was too slow for the database may be as large as ever again.
    private const int CeilingSteps = 64;

    private readonly CancellationTokenSource _stop = new();
    private readonly QueueProgress _progress = new(queue);
    private Task _loop = Task.CompletedTask;
    private int _limit = settings.MaxMessages;
    private int _ceiling = settings.MaxMessages;
    private bool _inParts;
    private int _refusals;
    private int _condemnedInRow;
    private bool _disposed;
    private BatchRefusedException? _condemned;
    private long _stalledSince;
    private TimeSpan _delay = settings.RetryDelay;

    /// <summary>How far it is.</summary>
    public ConsumerProgress Progress => _progress.Current;

    /// <summary>Begins.</summary>
    /// <param name="onFault">Hears what ended the loop, if it was not <see cref="DisposeAsync"/>.</param>
    public void Start(Action<Exception> onFault) => _loop = RunAsync(onFault);

    /// <summary>Ends the loop; its open transaction is rolled back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            await _loop;
            return;
        }

        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task RunAsync(Action<Exception> onFault)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                try
                {
                    await using var pass = new QueuePass(services, settings, queue, handler, _progress, report);
                    await pass.BeginAsync(_stop.Token);
                    await ConsumeAsync(pass);
                }
                catch (OperationCanceledException) when (_stop.IsCancellationRequested)
                {
                    // Stopped.
                }
                catch (Exception) when (_stop.IsCancellationRequested)
                {
                    // Whatever fails on the way out: the transaction was not committed, so the next owner reads it again.
                }
                catch (BatchRefusedException refused)
                {
                    await NarrowAsync(refused);
                }
                catch (Exception exception) when (IsTransient(exception))
                {
                    await WaitAsync(exception);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped while it waited.
        }
#pragma warning disable CA1031 // handed on: it ends the consumer, and with it the process
        catch (Exception exception)
#pragma warning restore CA1031
        {
            onFault(exception);
        }
    }

    /// <summary>Works until the position is lost to another owner, or something fails.</summary>
    private async Task ConsumeAsync(QueuePass pass)
    {
        while (!_stop.IsCancellationRequested)
        {
            switch (await StepAsync(pass))
            {
                case PassStep.Lost:
                case PassStep.Part:
                    return;
                case PassStep.Applied:
                    _condemnedInRow = 0;
                    _inParts = false;
                    NoteSuccess();
                    break;
                case PassStep.SetAside:
                    _condemned = null;
                    _inParts = false;
                    NoteSuccess();
                    break;
                default:
                    NoteRecovery();
                    break;
            }
        }
    }

    private async Task<PassStep> StepAsync(QueuePass pass)
    {
        if (_condemned is { } condemned)
        {
            return await pass.SetAsideAsync(condemned, _stop.Token);
        }

        try
        {
            return await pass.StepAsync(_limit, prefetch: _limit == settings.MaxMessages, _inParts, _stop.Token);
        }
        catch (Exception exception) when (services.Database.IsTooSlow(exception))
        {
            // The same batch would take as long again. It grows back step by step, so that the limit is met rarely.
            _ceiling = _limit = Math.Max(1, pass.BatchSize / 2);
            services.Logger.BatchTooSlow(settings.Group, queue, pass.BatchSize, _limit);
            throw;
        }
    }

    private bool IsTransient(Exception exception) =>
        services.Database.IsUnavailable(exception) || exception is MessageLogException or OperationCanceledException or TimeoutException;

    private void NoteSuccess()
    {
        NoteRecovery();
        _refusals = 0;
        _limit = Math.Min(_ceiling, _limit * 2);
        _ceiling = Math.Min(settings.MaxMessages, _ceiling + Math.Max(1, settings.MaxMessages / CeilingSteps));
    }

    private void NoteRecovery()
    {
        if (_stalledSince != 0)
        {
            services.Logger.ConsumerResumed(settings.Group, queue, Math.Round(services.Clock.GetElapsedTime(_stalledSince).TotalSeconds, 1));
            _stalledSince = 0;
        }

        _delay = settings.RetryDelay;
    }

    /// <summary>One of the batch's messages is to blame: halves, until it stands alone.</summary>
    private async Task NarrowAsync(BatchRefusedException refused)
    {
        if (refused.Count > 1)
        {
            if (_limit == settings.MaxMessages)
            {
                services.Logger.BatchRefused(settings.Group, queue, refused.Count, refused.Message, refused);
            }

            _limit = Math.Max(1, refused.Count / 2);
            _refusals = 0;
            return;
        }

        _limit = 1;
        if (refused.InnerException is TransactionTooWideException && !_inParts)
        {
            _inParts = true;
            return;
        }

        if (++_refusals >= RefusalsToCondemn)
        {
            _condemned = refused;
            _refusals = 0;
            if (++_condemnedInRow > CondemnedInRow)
            {
                await Task.Delay(settings.MaxRetryDelay, services.Clock, _stop.Token);
            }

            return;
        }

        await Task.Delay(settings.RetryDelay, services.Clock, _stop.Token);
    }

    /// <summary>The database or the log is away: says so once, and tries again ever more rarely.</summary>
    private async Task WaitAsync(Exception exception)
    {
        if (_stalledSince == 0)
        {
            _stalledSince = services.Clock.GetTimestamp();
            services.Logger.ConsumerStalled(settings.Group, queue, exception.Message, exception);
        }

        await Task.Delay(_delay, services.Clock, _stop.Token);
        _delay = _delay * 2 < settings.MaxRetryDelay ? _delay * 2 : settings.MaxRetryDelay;
    }
}
