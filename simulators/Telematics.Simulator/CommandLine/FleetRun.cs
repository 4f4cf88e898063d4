using Telematics.Contracts;
using Telematics.Simulator.Scenarios;

namespace Telematics.Simulator.CommandLine;

/// <summary>Runs a fleet from the command line to its end.</summary>
/// <param name="options">The fleet.</param>
/// <param name="duration">How long; null until cancelled.</param>
/// <param name="order">The command that is sent when all cars are connected, or null.</param>
/// <param name="server">The server, whose CPU and memory are reported, or null.</param>
/// <param name="output">Progress and summary.</param>
internal sealed class FleetRun(FleetOptions options, TimeSpan? duration, BroadcastOrder? order, ServerProcess? server, TextWriter output)
{
    private const int CarsDrainedPerSecond = 10_000;
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs; returns the exit code: 0 when every car did what it should, 1 when not.</summary>
    /// <exception cref="StartupException">The fleet cannot start.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await using var fleet = new Fleet(options, TimeProvider.System);
        await fleet.StartAsync(cancellationToken);
        await output.WriteLineAsync(fleet.Plan);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (duration is { } limit)
        {
            end.CancelAfter(limit);
        }

        var progress = new FleetProgress(fleet, output).ShowAsync(end.Token);
        var ordered = order is null ? null : OrderAsync(fleet, order, end.Token);
        string? outcome = null;
        try
        {
            var ended = fleet.WaitAsync(end.Token);
            if (ordered is not null)
            {
                // With nothing else to wait for, the end of the command is the end of the run.
                await await Task.WhenAny(ended, ordered);
                outcome = ordered.IsCompletedSuccessfully ? await ordered : null;
            }

            if (ordered is null || duration is not null)
            {
                await ended;
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The time is over, or the user has ended it.
        }
        catch (HttpRequestException e)
        {
            outcome = $"command failed: {e.Message}";
        }

        await end.CancelAsync();
        await progress;
        await fleet.StopAsync(DrainTime + TimeSpan.FromSeconds(options.Vehicles / CarsDrainedPerSecond), CancellationToken.None);
        return await SummarizeAsync(fleet.GetSummary(), outcome);
    }

    private static async Task<string> OrderAsync(Fleet fleet, BroadcastOrder order, CancellationToken cancellationToken)
    {
        while (fleet.GetCounters() is var counters && counters.Connected < counters.Vehicles)
        {
            await Task.Delay(Look, cancellationToken);
        }

        return await order.SendAsync(fleet.GetCounters().Vehicles, TimeProvider.System, cancellationToken);
    }

    private async Task<int> SummarizeAsync(FleetSummary summary, string? outcome)
    {
        if (!Console.IsOutputRedirected)
        {
            await output.WriteLineAsync();
        }

        foreach (var line in FleetReport.Summary(summary, server?.GetCpuSeconds(), server?.GetResidentBytes()))
        {
            await output.WriteLineAsync(line);
        }

        if (outcome is not null)
        {
            await output.WriteLineAsync($"broadcast     {outcome}");
        }

        return summary.IsComplete ? 0 : 1;
    }
}
