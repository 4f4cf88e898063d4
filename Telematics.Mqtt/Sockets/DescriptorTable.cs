using System.Security.Cryptography;
using System.Text;

namespace Telematics.Mqtt.Sockets;

/// <summary>
/// A descriptor table of a thread's own: the limit of open files counts per table, so one process may hold as many
/// sockets as it has such threads times the limit, and the kernel counts no references to a table that is not shared.
/// The price: on such a thread every descriptor of the rest of the process is a stranger's number, and a thread that it
/// creates is born with its table. So it must not use sockets and files of others, nor queue work to the thread pool
/// (which may create a worker), nor complete what is awaited elsewhere; a thread of the common table does that for it.
/// </summary>
internal static unsafe class DescriptorTable
{
    private const int FirstNumber = 3; // behind the standard streams

    // Handled on other threads: a handler that runs here would write to its pipe by a number of the other table.
    private static readonly int[] Signals = [1, 2, 3, 10, 12, 13, 14, 15, 17, 18, 20, 21, 22, 23, 28, 29]; // HUP INT QUIT USR1 USR2 PIPE ALRM TERM CHLD CONT TSTP TTIN TTOU URG WINCH IO

    /// <summary>
    /// What the runtime opens once and keeps for all threads (its source of random numbers) is to be opened by a thread of
    /// the common table; call before <see cref="Separate"/>, on such a thread.
    /// </summary>
    public static void Prepare()
    {
        Span<byte> some = stackalloc byte[1];
        RandomNumberGenerator.Fill(some);
        Random.Shared.NextBytes(some);
        _ = Guid.NewGuid();
    }

    /// <summary>Gives the calling thread its own table, without the sockets and files that it inherited.</summary>
    /// <exception cref="InvalidOperationException">The system refuses.</exception>
    public static void Separate()
    {
        BlockSignals();
        if (Linux.unshare(Linux.CLONE_FILES) != 0)
        {
            throw new InvalidOperationException($"unshare(CLONE_FILES) failed with error {Linux.Errno}: this system gives a thread no descriptor table of its own.");
        }

        foreach (var path in Directory.GetFileSystemEntries("/proc/thread-self/fd"))
        {
            // Its own handle of the folder is in the list, and already closed.
            if (int.TryParse(Path.GetFileName(path.AsSpan()), out var fd) && fd >= FirstNumber && IsToBeClosed(path))
            {
                _ = Linux.close(fd);
            }
        }
    }

    // A socket that stays open here would never end for its peer, a file would keep its disk space. Devices, pipes and
    // the memory through which the runtime writes code (memfd) stay: the runtime uses them from any thread.
    private static bool IsToBeClosed(string path)
    {
        var buffer = stackalloc byte[256];
        var length = Linux.readlink(path, buffer, 256);
        if (length <= 0)
        {
            return false;
        }

        var target = Encoding.UTF8.GetString(buffer, (int)length);
        return target.StartsWith("socket:", StringComparison.Ordinal)
            || (target.StartsWith("anon_inode:", StringComparison.Ordinal) && !target.Contains("eventfd", StringComparison.Ordinal))
            || (target[0] == '/' && !target.StartsWith("/dev/", StringComparison.Ordinal) && !target.StartsWith("/memfd:", StringComparison.Ordinal));
    }

    private static void BlockSignals()
    {
        var set = stackalloc ulong[16]; // 1,024 bits
        new Span<ulong>(set, 16).Clear();
        foreach (var signal in Signals)
        {
            set[0] |= 1UL << (signal - 1);
        }

        if (Linux.pthread_sigmask(Linux.SIG_BLOCK, set, null) != 0)
        {
            throw new InvalidOperationException("pthread_sigmask failed.");
        }
    }
}
