using System.Globalization;

namespace Telematics.IntegrationTests.Host;

/// <summary>What a process says of itself at /metrics, and what the system says of its memory.</summary>
internal sealed class HostFigures
{
    private readonly Dictionary<string, double> _values = [];
    private readonly HashSet<string> _gauges = [];

    private HostFigures(string exposition)
    {
        foreach (var line in exposition.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = line.Split(' ');
            if (words is ["#", "TYPE", var name, "gauge"])
            {
                _gauges.Add(name);
            }
            else if (!line.StartsWith('#'))
            {
                // Whatever the labels: sums.
                var series = line[..line.IndexOfAny([' ', '{'])];
                var value = line[(Math.Max(line.LastIndexOf('}'), series.Length - 1) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
                _values[series] = _values.GetValueOrDefault(series) + double.Parse(value, CultureInfo.InvariantCulture);
            }
        }
    }

    /// <summary>Resident memory in bytes.</summary>
    public required long ResidentBytes { get; init; }

    /// <summary>Descriptors of the threads with a table of their own, which are the gateway's loops.</summary>
    public required int LoopDescriptors { get; init; }

    /// <summary>Sum of a metric over its labels; it must be there.</summary>
    public double this[string name] => _values[name];

    /// <summary>Gauges whose name begins so and which are not 0.</summary>
    public IReadOnlyList<string> NotZero(string prefix) =>
        [.. _gauges.Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && _values.GetValueOrDefault(name) != 0).Select(name => $"{name} {_values[name]}")];

    /// <summary>Number of gauges whose name begins so.</summary>
    public int CountGauges(string prefix) => _gauges.Count(name => name.StartsWith(prefix, StringComparison.Ordinal));

    public static async Task<HostFigures> ReadAsync(HostProcess host, CancellationToken cancellationToken)
    {
        var resident = File.ReadLines($"/proc/{host.ProcessId}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return new HostFigures(await host.Http.GetStringAsync(new Uri("metrics", UriKind.Relative), cancellationToken))
        {
            ResidentBytes = long.Parse(resident.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1_024,
            LoopDescriptors = Directory.GetDirectories($"/proc/{host.ProcessId}/task")
                .Where(task => File.ReadAllText(Path.Combine(task, "comm")).StartsWith("mqtt-loop-", StringComparison.Ordinal))
                .Sum(task => Directory.GetFileSystemEntries(Path.Combine(task, "fd")).Length),
        };
    }
}
