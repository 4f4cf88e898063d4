using System.Threading.Tasks.Sources;

namespace Telematics.Messaging.Embedded;

/// <summary>
/// A reader's wait for the next message of its queue: one object for the reader's life, no timer, no thread. It may wake
/// for no reason; the reader looks again.
/// </summary>
internal sealed class ReadWait : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private int _armed;

    /// <summary>When the wait ends at the latest, as a timestamp of the log's clock.</summary>
    public long Deadline { get; set; }

    /// <summary>The place among the waits that have a deadline, or -1; kept by <see cref="ReadDeadlines"/>.</summary>
    public int Place { get; set; } = -1;

    /// <summary>Begins a wait; to be awaited once.</summary>
    public ValueTask ArmAsync()
    {
        _core.Reset();
        Volatile.Write(ref _armed, 1);
        return new ValueTask(this, _core.Version);
    }

    /// <summary>Ends the wait; only the first call counts.</summary>
    public void Complete()
    {
        if (Interlocked.Exchange(ref _armed, 0) == 1)
        {
            _core.SetResult(true);
        }
    }

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
