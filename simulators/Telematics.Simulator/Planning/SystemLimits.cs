using System.Globalization;
using Telematics.Contracts;

namespace Telematics.Simulator.Planning;

/// <summary>What the system allows, as far as very many connections run into it.</summary>
internal sealed record SystemLimits
{
    /// <summary>Files that a process, or a thread with a table of its own, may have open (<c>ulimit -n</c>).</summary>
    public required long OpenFiles { get; init; }

    /// <summary>What that may be raised to (<c>fs.nr_open</c>).</summary>
    public required long LargestOpenFiles { get; init; }

    /// <summary>Files of the whole system (<c>fs.file-max</c>).</summary>
    public required long SystemFiles { get; init; }

    /// <summary>Of those, open now (<c>fs.file-nr</c>).</summary>
    public required long SystemFilesInUse { get; init; }

    /// <summary>Local ports that a connect may take from one address towards one server (<c>net.ipv4.ip_local_port_range</c>).</summary>
    public required int LocalPorts { get; init; }

    /// <summary>Reads them; where this is not Linux nothing is limited but the ports.</summary>
    public static SystemLimits Read()
    {
        if (!OperatingSystem.IsLinux())
        {
            return new SystemLimits { OpenFiles = long.MaxValue, LargestOpenFiles = long.MaxValue, SystemFiles = long.MaxValue, SystemFilesInUse = 0, LocalPorts = 16_384 };
        }

        // "Max open files            20000                20000                files": soft, then hard; .NET has raised the soft one.
        const string OpenFilesLine = "Max open files";
        var limits = File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith(OpenFilesLine, StringComparison.Ordinal)) ?? OpenFilesLine;
        var ports = Numbers("/proc/sys/net/ipv4/ip_local_port_range");
        return new SystemLimits
        {
            OpenFiles = Words(limits[OpenFilesLine.Length..]) is [var soft, ..] && long.TryParse(soft, CultureInfo.InvariantCulture, out var files) ? files : long.MaxValue,
            LargestOpenFiles = Numbers("/proc/sys/fs/nr_open")[0],
            SystemFiles = Numbers("/proc/sys/fs/file-max")[0],
            SystemFilesInUse = Numbers("/proc/sys/fs/file-nr")[0],
            LocalPorts = (int)(ports[1] - ports[0] + 1),
        };
    }

    private static long[] Numbers(string path)
    {
        try
        {
            return [.. Words(File.ReadAllText(path)).Select(word => long.Parse(word, CultureInfo.InvariantCulture))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or OverflowException)
        {
            throw new StartupException($"{path} cannot be read: {e.Message}", e);
        }
    }

    private static string[] Words(string text) => text.Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);
}
