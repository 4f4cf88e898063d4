using System.Globalization;
using Telematics.Contracts;

namespace Telematics.Simulator.CommandLine;

/// <summary>CPU time of another process, from <c>/proc/PID/stat</c>.</summary>
internal sealed class ServerCpu
{
    // USER_HZ: what the kernel counts CPU time in towards programs, 100 on every architecture .NET runs on.
    private const double TicksPerSecond = 100;
    private readonly string _path;
    private readonly double _start;

    /// <exception cref="StartupException">There is no such process, or this is not Linux.</exception>
    public ServerCpu(int processId)
    {
        _path = string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat");
        _start = Read() ?? throw new StartupException($"--pid {processId}: {_path} cannot be read");
    }

    /// <summary>Seconds of CPU since the start; null when the process is gone.</summary>
    public double? GetSeconds() => Read() - _start;

    private double? Read()
    {
        try
        {
            // The second field, the name, may hold anything; behind its last parenthesis utime and stime are 12th and 13th.
            var text = File.ReadAllText(_path);
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
