namespace Telematics.Vehicle;

/// <summary>Lets one loop wait for "something has changed". Take <see cref="Next"/> before looking, then nothing is missed.</summary>
internal sealed class Wake
{
    private TaskCompletionSource _next = New();

    /// <summary>Completes at the next <see cref="Set"/>.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Wakes who waits.</summary>
    public void Set() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
