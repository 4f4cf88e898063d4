using System.Collections.Concurrent;

namespace Telematics.Mqtt.Sockets;

/// <summary>
/// The eventfds by which loops are woken. All are made at once, in the common descriptor table and before any thread has
/// its own, so that each has the same number in every table: loops wake each other too.
/// </summary>
internal static unsafe class WakeUps
{
    /// <summary>Most loops of a process.</summary>
    public const int Count = 128;

    private static readonly ConcurrentBag<int> Free = Create();

    /// <summary>Takes one.</summary>
    /// <exception cref="InvalidOperationException">All are in use.</exception>
    public static int Rent() => Free.TryTake(out var fd) ? fd : throw new InvalidOperationException($"A process may have {Count} socket loops, and all are in use.");

    /// <summary>Gives one back, whose loop waits no more.</summary>
    public static void Return(int fd)
    {
        Take(fd);
        Free.Add(fd);
    }

    /// <summary>Ends the wait of its loop.</summary>
    public static void Signal(int fd)
    {
        var one = 1UL;
        _ = Linux.write(fd, (byte*)&one, sizeof(ulong)); // full (EAGAIN) is as good as written
    }

    /// <summary>Takes the signals that have come.</summary>
    public static void Take(int fd)
    {
        ulong value;
        _ = Linux.read(fd, (byte*)&value, sizeof(ulong)); // none (EAGAIN) is fine
    }

    private static ConcurrentBag<int> Create()
    {
        var made = new ConcurrentBag<int>();
        for (var i = 0; i < Count; i++)
        {
            var fd = Linux.eventfd(0, Linux.EFD_CLOEXEC | Linux.EFD_NONBLOCK);
            if (fd < 0)
            {
                throw new InvalidOperationException($"eventfd failed with error {Linux.Errno}: the limit of open files is too low.");
            }

            made.Add(fd);
        }

        return made;
    }
}
