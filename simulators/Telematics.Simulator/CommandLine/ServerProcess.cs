using System.Globalization;
using Telematics.Contracts;

namespace Telematics.Simulator.CommandLine;

/// <summary>CPU time and memory of another process, from <c>/proc/PID</c>.</summary>
internal sealed class ServerProcess
{
    // USER_HZ: what the kernel counts CPU time in towards programs, 100 on every architecture .NET runs on.
    private const double TicksPerSecond = 100;
    private readonly string _folder;
    private readonly double _start;

    /// <exception cref="StartupException">There is no such process, or this is not Linux.</exception>
    public ServerProcess(int processId)
    {
        _folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}");
        _start = ReadCpu() ?? throw new StartupException($"--server-pid {processId}: {_folder}/stat cannot be read");
    }

    /// <summary>Seconds of CPU, user and kernel, since the start; null when the process is gone.</summary>
    public double? GetCpuSeconds() => ReadCpu() - _start;

    /// <summary>Resident memory in bytes; null when the process is gone.</summary>
    public long? GetResidentBytes() =>
        Read("statm") is { } text ? long.Parse(text.Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize : null;

    private double? ReadCpu()
    {
        if (Read("stat") is not { } text)
        {
            return null;
        }

        // The second field, the name, may hold anything; behind its last parenthesis utime and stime are 12th and 13th.
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    private string? Read(string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(_folder, file));
        }
        catch (IOException)
        {
            return null; // gone: the caller says so
        }
    }
}
