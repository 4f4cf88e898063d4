using System.Globalization;
using Telematics.Simulator.Meters;

namespace Telematics.Simulator.CommandLine;

/// <summary>Opens connections and holds them: what a connect costs a server, and what an idle connection.</summary>
/// <param name="options">The clients.</param>
/// <param name="hold">How long they are held.</param>
/// <param name="reconnects">Connections that are then cut and made again at once.</param>
/// <param name="server">The server, whose CPU and memory are reported, or null.</param>
/// <param name="output">Takes the table.</param>
internal sealed class IdleRun(MeterOptions options, TimeSpan hold, int reconnects, ServerProcess? server, TextWriter output)
{
    /// <summary>What a server still does for the last connects is not idle.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);

    private readonly FiguresTable _table = new();

    /// <summary>Runs; answers 0 when every client connected and none was lost, else 1.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var clock = TimeProvider.System;
        var before = server?.GetResidentBytes();
        await using var meter = new Meter(options, clock);
        var (cpu, at) = (server?.GetCpuSeconds(), clock.GetTimestamp());
        await meter.StartAsync(cancellationToken);
        await output.WriteLineAsync(meter.Plan);
        await meter.WaitForConnectsAsync(options.Connections, cancellationToken);
        var seconds = clock.GetElapsedTime(at).TotalSeconds;
        await meter.WaitAsync(Settle, cancellationToken);
        var times = meter.Times.Connacks.TakeRecent();
        _table.Add("connections", $"{meter.Connected:N0}");
        _table.Add("connects/s", $"{meter.Connects / seconds:N0}");
        _table.Add("CONNACK p50, ms", $"{times.P50:N2}");
        _table.Add("CONNACK p99, ms", $"{times.P99:N2}");
        AddConnectCpu("server CPU, us per connect + CONNACK", cpu, meter.Connects);

        (cpu, at) = (server?.GetCpuSeconds(), clock.GetTimestamp());
        await meter.WaitAsync(hold, cancellationToken);
        if (server?.GetCpuSeconds() - cpu is { } idle)
        {
            _table.Add("server CPU while idle, cores", $"{idle / clock.GetElapsedTime(at).TotalSeconds:N3}");
        }

        AddMemory("", before, meter.Connected);
        if (reconnects > 0)
        {
            cpu = server?.GetCpuSeconds();
            var goal = meter.Connects + meter.Failed;
            goal += meter.Reconnect(reconnects);
            await meter.WaitForConnectsAsync(goal, cancellationToken);
            await meter.WaitAsync(Settle, cancellationToken);
            AddConnectCpu("server CPU, us per reconnect", cpu, meter.Connects + meter.Failed - options.Connections);
            await meter.WaitAsync(hold, cancellationToken);
            AddMemory(string.Create(CultureInfo.InvariantCulture, $" after {reconnects:N0} reconnects"), before, meter.Connected);
        }

        _table.Add("failed connections", $"{meter.Failed:N0}");
        foreach (var line in _table.GetLines())
        {
            await output.WriteLineAsync(line);
        }

        if (meter.LastFailure is { } failure)
        {
            await output.WriteLineAsync($"last failure: {failure}");
        }

        return meter.Failed == 0 && meter.Connected == options.Connections ? 0 : 1;
    }

    private void AddConnectCpu(string name, double? before, long connects)
    {
        if (server?.GetCpuSeconds() - before is { } cpu)
        {
            _table.Add(name, $"{cpu * 1e6 / Math.Max(1, connects):N1}");
        }
    }

    private void AddMemory(string when, long? before, long connections)
    {
        if (server?.GetResidentBytes() is { } now && before is { } start)
        {
            _table.Add($"server memory{when}, MiB", $"{now / 1048576.0:N1}");
            _table.Add($"server memory per connection{when}, bytes", $"{(now - start) / (double)Math.Max(1, connections):N0}");
        }
    }
}
