namespace Telematics.Simulator.CommandLine;

/// <summary>The live line: on a terminal one line that changes, into a file a line now and then.</summary>
internal sealed class FleetProgress(Fleet fleet, TextWriter output)
{
    /// <summary>Shows it until it is cancelled.</summary>
    public async Task ShowAsync(CancellationToken cancellationToken)
    {
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
