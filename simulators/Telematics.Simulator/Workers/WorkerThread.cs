namespace Telematics.Simulator.Workers;

/// <summary>
/// A thread with a loop. It may have a descriptor table of its own and then must not complete tasks, since the thread
/// pool may start a thread for what follows, with that table: so its end is looked for, not told.
/// </summary>
internal sealed class WorkerThread
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private readonly Thread _thread;
    private volatile Exception? _fault;

    /// <summary>Starts a thread.</summary>
    public WorkerThread(string name, Action run)
    {
        _thread = new Thread(() =>
        {
            try
            {
                run();
            }
            catch (Exception e)
            {
                _fault = e;
            }
        })
        {
            IsBackground = true,
            Name = name,
        };
        _thread.Start();
    }

    /// <summary>Waits until one has ended; throws what it failed with.</summary>
    public static async Task WaitAnyAsync(IReadOnlyList<WorkerThread> threads, CancellationToken cancellationToken)
    {
        while (threads.All(thread => thread._thread.IsAlive))
        {
            await Task.Delay(Look, cancellationToken);
        }

        ThrowFirst(threads);
    }

    /// <summary>Waits until all have ended; throws what the first failed one failed with.</summary>
    public static async Task WaitAllAsync(IReadOnlyList<WorkerThread> threads, CancellationToken cancellationToken)
    {
        while (threads.Any(thread => thread._thread.IsAlive))
        {
            await Task.Delay(Look, cancellationToken);
        }

        ThrowFirst(threads);
    }

    private static void ThrowFirst(IReadOnlyList<WorkerThread> threads)
    {
        if (threads.FirstOrDefault(thread => thread._fault is not null) is { } failed)
        {
            throw new InvalidOperationException($"{failed._thread.Name} ended with an error", failed._fault);
        }
    }
}
