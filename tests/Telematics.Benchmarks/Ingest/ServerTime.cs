using System.Globalization;

namespace Telematics.Benchmarks.Ingest;

/// <summary>CPU time of all PostgreSQL processes of this machine, ended ones included as far as their parents reaped them.</summary>
internal static class ServerTime
{
    private const double TicksPerSecond = 100;

    /// <summary>User and kernel time so far.</summary>
    public static TimeSpan Read()
    {
        var ticks = 0L;
        foreach (var directory in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
        {
            try
            {
                var stat = File.ReadAllText(Path.Combine(directory, "stat"));
                if (stat.Contains("(postgres)", StringComparison.Ordinal))
                {
                    // utime, stime, cutime, cstime: fields 14 to 17 of proc(5), the first two are before the closing bracket.
                    ticks += stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[11..15].Sum(field => long.Parse(field, CultureInfo.InvariantCulture));
                }
            }
            catch (IOException)
            {
                // Ended meanwhile.
            }
        }

        return TimeSpan.FromSeconds(ticks / TicksPerSecond);
    }
}
