namespace Telematics.RocketMQ.Groups;

/// <summary>Wakes one loop before its time; several calls before it looks are one.</summary>
internal sealed class Wakeup(TimeProvider time)
{
    private volatile TaskCompletionSource _called = New();

    public void Call() => _called.TrySetResult();

    /// <summary>Ends with a call, also one made before, or with the time-out.</summary>
    public async Task WaitAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var called = _called.Task;
        await called.WaitAsync(timeout, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        if (called.IsCompleted)
        {
            // A call from here on is seen by the next wait; what the earlier ones were about, the loop looks at now.
            _called = New();
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
