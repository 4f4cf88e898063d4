using System.Globalization;

namespace Telematics.Benchmarks.Database;

/// <summary>CPU of a PostgreSQL server on this machine: its first process and all children, those that have ended included.</summary>
internal static class ServerCpu
{
    // sysconf(_SC_CLK_TCK) is 100 on every Linux of today.
    private const double TicksPerSecond = 100;

    /// <summary>The server's first process by one of its backends; null when that is no PostgreSQL of this machine.</summary>
    public static int? FindPostmaster(int backend) =>
        TryRead(backend, out var stat) && stat.Name == "postgres" && TryRead(stat.Parent, out var parent) && parent.Name == "postgres" ? stat.Parent : null;

    /// <summary>User and kernel time of all its processes so far; null when unknown.</summary>
    public static TimeSpan? Read(int? postmaster)
    {
        if (postmaster is not { } first || !TryRead(first, out var parent))
        {
            return null;
        }

        // What children have used is the parent's as soon as they have ended.
        var ticks = parent.Ticks + parent.EndedChildrenTicks;
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && TryRead(id, out var child) && child.Parent == first)
            {
                ticks += child.Ticks;
            }
        }

        return TimeSpan.FromSeconds(ticks / TicksPerSecond);
    }

    private static bool TryRead(int id, out Stat stat)
    {
        stat = default;
        string text;
        try
        {
            text = File.ReadAllText($"/proc/{id}/stat");
        }
        catch (IOException)
        {
            return false; // it has ended, or this system has no /proc
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }

        // proc(5): "pid (name) state ppid …"; utime, stime, cutime, cstime are fields 14 to 17.
        var open = text.IndexOf('(', StringComparison.Ordinal);
        var close = text.LastIndexOf(')');
        if (open < 0 || close < open)
        {
            return false;
        }

        var fields = text[(close + 2)..].Split(' ');
        stat = new Stat(text[(open + 1)..close], (int)Number(fields[1]), Number(fields[11]) + Number(fields[12]), Number(fields[13]) + Number(fields[14]));
        return true;

        static long Number(string field) => long.Parse(field, CultureInfo.InvariantCulture);
    }

    private readonly record struct Stat(string Name, int Parent, long Ticks, long EndedChildrenTicks);
}
