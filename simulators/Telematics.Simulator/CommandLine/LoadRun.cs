using Telematics.Simulator.Meters;

namespace Telematics.Simulator.CommandLine;

/// <summary>Measures how many publishes a server acknowledges in a closed loop.</summary>
/// <param name="options">The clients.</param>
/// <param name="warmUp">Time at load before it counts.</param>
/// <param name="duration">Time that counts.</param>
/// <param name="server">The server, whose CPU and memory are reported, or null.</param>
/// <param name="output">Takes the table.</param>
internal sealed class LoadRun(MeterOptions options, TimeSpan warmUp, TimeSpan duration, ServerProcess? server, TextWriter output)
{
    /// <summary>Runs; answers 0 when every client connected and none was refused or lost, else 1.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var clock = TimeProvider.System;
        await using var meter = new Meter(options, clock);
        await meter.StartAsync(cancellationToken);
        await output.WriteLineAsync(meter.Plan);
        await meter.WaitForConnectsAsync(options.Connections, cancellationToken);
        meter.Publish();
        await meter.WaitAsync(warmUp, cancellationToken);

        meter.Times.Pubacks.TakeRecent();
        var (acknowledged, at) = (meter.Acknowledged, clock.GetTimestamp());
        var (serverCpu, ownCpu) = (server?.GetCpuSeconds(), Environment.CpuUsage.TotalTime);
        await meter.WaitAsync(duration, cancellationToken);
        acknowledged = meter.Acknowledged - acknowledged;
        var seconds = clock.GetElapsedTime(at).TotalSeconds;
        serverCpu = server?.GetCpuSeconds() - serverCpu;
        ownCpu = Environment.CpuUsage.TotalTime - ownCpu;
        var times = meter.Times.Pubacks.TakeRecent();

        var table = new FiguresTable();
        table.Add("connections", $"{meter.Connected:N0}");
        table.Add("payload, bytes", $"{options.PayloadBytes:N0}");
        table.Add("window of each", $"{options.Window:N0}");
        table.Add("seconds", $"{seconds:N1}");
        table.Add("messages/s acknowledged", $"{acknowledged / seconds:N0}");
        table.Add("PUBACK p50, ms", $"{times.P50:N2}");
        table.Add("PUBACK p99, ms", $"{times.P99:N2}");
        if (server is not null && serverCpu is { } cpu)
        {
            table.Add("server CPU, cores", $"{cpu / seconds:N2}");
            table.Add("server CPU, us per publish", $"{cpu * 1e6 / Math.Max(1, acknowledged):N1}");
            table.Add("server memory, MiB", $"{server.GetResidentBytes() / 1048576.0:N1}");
        }

        table.Add("client CPU, us per publish", $"{ownCpu.TotalMicroseconds / Math.Max(1, acknowledged):N1}");
        table.Add("refused / failed connections", $"{meter.Refused:N0} / {meter.Failed:N0}");
        foreach (var line in table.GetLines())
        {
            await output.WriteLineAsync(line);
        }

        if (meter.LastFailure is { } failure)
        {
            await output.WriteLineAsync($"last failure: {failure}");
        }

        return acknowledged > 0 && meter.Refused == 0 && meter.Failed == 0 ? 0 : 1;
    }
}
