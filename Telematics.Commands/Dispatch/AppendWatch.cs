using Telematics.Messaging;

namespace Telematics.Commands.Dispatch;

/// <summary>Waits for the outcomes of a number of appends.</summary>
internal sealed class AppendWatch : IAppendSink
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private int _open = 1;
    private int _appended;
    private int _stored;

    /// <summary>How many are not stored: refused, dropped, unknown, or without an outcome as yet.</summary>
    public int NotStored
    {
        get
        {
            lock (_lock)
            {
                return _appended - _stored;
            }
        }
    }

    /// <summary>Appends a message, outside the byte budget as the system's own.</summary>
    public void Append(IMessageProducer producer, in OutgoingMessage message, long owner)
    {
        lock (_lock)
        {
            _open++;
            _appended++;
        }

        if (producer.Append(in message, this, new AppendToken(owner, 0), AppendBudget.Exempt) != AppendAdmission.Taken)
        {
            Settle(1, stored: 0);
        }
    }

    /// <inheritdoc/>
    public void OnOutcomes(ReadOnlySpan<AppendOutcome> outcomes)
    {
        var stored = 0;
        foreach (ref readonly var outcome in outcomes)
        {
            stored += outcome.Status == AppendStatus.Stored ? 1 : 0;
        }

        Settle(outcomes.Length, stored);
    }

    /// <summary>Completes when every append has its outcome; call it once, after the last append.</summary>
    public Task WhenSettledAsync(CancellationToken cancellationToken)
    {
        Close(1);
        return _done.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Whether every append has its outcome within a time; call it once, after the last append.</summary>
    public async Task<bool> IsSettledWithinAsync(TimeSpan time, TimeProvider clock, CancellationToken cancellationToken)
    {
        Close(1);
        try
        {
            await _done.Task.WaitAsync(time, clock, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Whether every append is stored within a time; call it once, after the last append.</summary>
    public async Task<bool> AreStoredWithinAsync(TimeSpan time, TimeProvider clock, CancellationToken cancellationToken) =>
        await IsSettledWithinAsync(time, clock, cancellationToken) && NotStored == 0;

    private void Settle(int count, int stored)
    {
        lock (_lock)
        {
            _stored += stored;
        }

        Close(count);
    }

    private void Close(int count)
    {
        lock (_lock)
        {
            _open -= count;
            if (_open > 0)
            {
                return;
            }
        }

        _done.TrySetResult();
    }
}
