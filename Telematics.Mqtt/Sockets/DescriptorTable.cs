using System.Globalization;
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

    /// <summary>Whether the system lets a thread have its own table; profiles of containers may forbid it.</summary>
    public static bool CanSeparate()
    {
        var result = -1;
        var trial = new Thread(() => result = Linux.unshare(Linux.CLONE_FILES)) { IsBackground = true };
        trial.Start();
        trial.Join();
        return result == 0;
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

        // The list's own handle of the folder is in it, and already closed.
        var inherited = Directory.GetFileSystemEntries("/proc/thread-self/fd").ToDictionary(static path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture), GetTarget);
        foreach (var (fd, target) in inherited)
        {
            if (fd >= FirstNumber && IsToBeClosed(target, inherited.Values))
            {
                _ = Linux.close(fd);
            }
        }
    }

    private static string GetTarget(string path)
    {
        var buffer = stackalloc byte[256];
        var length = Linux.readlink(path, buffer, 256);
        return length <= 0 ? string.Empty : Encoding.UTF8.GetString(buffer, (int)length);
    }

    // A socket or one end of a pipe that stays open here would never end for who has the other, a file would keep its disk
    // space. What the runtime uses from any thread stays: devices, pipes of which both ends are here, and the memory
    // through which it writes code (memfd).
    private static bool IsToBeClosed(string target, IReadOnlyCollection<string> all) =>
        target.StartsWith("socket:", StringComparison.Ordinal)
        || (target.StartsWith("pipe:", StringComparison.Ordinal) && all.Count(other => other == target) == 1)
        || (target.StartsWith("anon_inode:", StringComparison.Ordinal) && !target.Contains("eventfd", StringComparison.Ordinal))
        || (target.StartsWith('/')
            && !target.StartsWith("/dev/", StringComparison.Ordinal)
            && !target.StartsWith("/memfd:", StringComparison.Ordinal)
            && !IsOfProfiler(Path.GetFileName(target)));

    // With DOTNET_PerfMapEnabled the runtime writes these from any thread, by the number under which it opened them.
    private static bool IsOfProfiler(string name) =>
        name.StartsWith("perf-", StringComparison.Ordinal) || name.StartsWith("perfinfo-", StringComparison.Ordinal) || name.StartsWith("jit-", StringComparison.Ordinal);

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
