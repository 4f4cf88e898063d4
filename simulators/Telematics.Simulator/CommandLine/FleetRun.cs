using Telematics.Contracts;

namespace Telematics.Simulator.CommandLine;

/// <summary>Runs a fleet from the command line to its end.</summary>
internal static class FleetRun
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(10);

    /// <summary>Runs; returns the exit code: 0 when everything sent was acknowledged, 1 when not, 2 when it cannot start.</summary>
    /// <param name="options">The fleet.</param>
    /// <param name="duration">How long; null until cancelled.</param>
    /// <param name="serverProcessId">The server, whose CPU is measured, or null.</param>
    /// <param name="output">Progress and summary.</param>
    /// <param name="cancellationToken">Ends the run early, in order.</param>
    public static async Task<int> RunAsync(FleetOptions options, TimeSpan? duration, int? serverProcessId, TextWriter output, CancellationToken cancellationToken)
    {
        await using var fleet = new Fleet(options, TimeProvider.System);
        ServerCpu? cpu;
        try
        {
            cpu = serverProcessId is { } processId ? new ServerCpu(processId) : null;
            await fleet.StartAsync(cancellationToken);
        }
        catch (StartupException e)
        {
            await Console.Error.WriteLineAsync($"simulator: {e.Message}");
            return 2;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (duration is { } limit)
        {
            end.CancelAfter(limit);
        }

        var progress = ShowProgressAsync(fleet, output, end.Token);
        try
        {
            await fleet.WaitAsync(end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The time is over, or the user has ended it.
        }

        await progress;
        await fleet.StopAsync(DrainTime, CancellationToken.None);
        var summary = fleet.GetSummary();
        if (!Console.IsOutputRedirected)
        {
            await output.WriteLineAsync();
        }

        foreach (var line in FleetReport.Summary(summary, cpu?.GetSeconds()))
        {
            await output.WriteLineAsync(line);
        }

        return summary.IsComplete ? 0 : 1;
    }

    private static async Task ShowProgressAsync(Fleet fleet, TextWriter output, CancellationToken cancellationToken)
    {
        // On a terminal one line that changes; into a file a line now and then.
        var isTerminal = !Console.IsOutputRedirected;
        var clock = TimeProvider.System;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(isTerminal ? 1 : 5), clock);
        var before = fleet.GetCounters();
        var at = clock.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                var now = fleet.GetCounters();
                var line = FleetReport.Progress(before, now, fleet.TakeRecentAckTimes(), clock.GetElapsedTime(at));
                (before, at) = (now, clock.GetTimestamp());
                await output.WriteAsync(isTerminal ? $"\r{line}\u001b[K" : line + Environment.NewLine);
            }
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }
}
