namespace Telematics.Messaging;

/// <summary>
/// Queues work to the thread pool in the name of threads that must not do it themselves: the pool makes its workers on the
/// thread that queues, and a worker made by a thread with a descriptor table of its own would be born with that table.
/// </summary>
public static class PoolRelay
{
    private static readonly object Gate = new();
    private static Queue<IThreadPoolWorkItem> _waiting = new();

    static PoolRelay() => new Thread(Run) { IsBackground = true, Name = "pool-relay" }.Start();

    /// <summary>Starts the relay's thread; call on a thread of the common descriptor table before others use the relay.</summary>
    public static void Prepare()
    {
        // The static constructor has done it.
    }

    /// <summary>Has the thread pool run something; safe for any thread, in the order of the calls.</summary>
    public static void Queue(IThreadPoolWorkItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        lock (Gate)
        {
            _waiting.Enqueue(item);
            if (_waiting.Count == 1)
            {
                Monitor.Pulse(Gate);
            }
        }
    }

    /// <inheritdoc cref="Queue(IThreadPoolWorkItem)"/>
    public static void Queue(Action action) => Queue(new ActionWork(action));

    private static void Run()
    {
        var taken = new Queue<IThreadPoolWorkItem>();
        while (true)
        {
            lock (Gate)
            {
                while (_waiting.Count == 0)
                {
                    Monitor.Wait(Gate);
                }

                (taken, _waiting) = (_waiting, taken);
            }

            while (taken.TryDequeue(out var item))
            {
                ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
            }
        }
    }

    private sealed class ActionWork(Action action) : IThreadPoolWorkItem
    {
        public void Execute() => action();
    }
}
