using System.Collections.Concurrent;

namespace Telematics.Gateway.Sessions;

/// <summary>Work from other threads for one loop: any number of writers, one reader, and one wake-up for many.</summary>
/// <param name="wake">Wakes the loop's thread; called by the writer that finds it not yet woken.</param>
internal sealed class LoopInbox(Action wake)
{
    private readonly ConcurrentQueue<ILoopWork> _work = new();
    private int _woken;

    /// <summary>Adds work; safe for any thread.</summary>
    public void Post(ILoopWork work)
    {
        _work.Enqueue(work);
        if (Volatile.Read(ref _woken) == 0 && Interlocked.Exchange(ref _woken, 1) == 0)
        {
            wake();
        }
    }

    /// <summary>Begins a turn: whoever posts from here on wakes the loop again.</summary>
    public void BeginDrain() => Interlocked.Exchange(ref _woken, 0);

    /// <summary>Takes the next work; only the loop's thread.</summary>
    public bool TryTake([System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out ILoopWork work) => _work.TryDequeue(out work);

    /// <summary>Whether nothing waits.</summary>
    public bool IsEmpty => _work.IsEmpty;
}
