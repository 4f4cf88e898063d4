using System.Globalization;
using Telematics.Contracts;

namespace Telematics.Simulator;

/// <summary>How many files the system lets this process open; a connection is one.</summary>
internal static class OpenFileLimit
{
    private const int Reserve = 300;

    public static void ThrowIfTooLow(int files)
    {
        if (Read() is { } limit && files + Reserve > limit)
        {
            throw new StartupException($"so many vehicles need {files + Reserve} open files and this process may have {limit}; raise it (ulimit -n), take fewer, or use several processes");
        }
    }

    private static long? Read()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        // "Max open files            20000                20000                files": soft, then hard; .NET has raised the soft one.
        var line = File.ReadLines("/proc/self/limits").FirstOrDefault(text => text.StartsWith("Max open files", StringComparison.Ordinal));
        var words = line?["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words is [var soft, ..] && long.TryParse(soft, CultureInfo.InvariantCulture, out var limit) ? limit : null;
    }
}
