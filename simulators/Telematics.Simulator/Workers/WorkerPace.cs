using System.Globalization;
using Telematics.Simulator.Planning;

namespace Telematics.Simulator.Workers;

/// <summary>How fast one worker goes.</summary>
/// <param name="ConnectRate">Its connects a second; 0 for as fast as it goes.</param>
/// <param name="MaximumConnecting">Connections that it makes at the same time.</param>
/// <param name="GatherMilliseconds">From one turn to the next; 0: whatever happens begins one.</param>
/// <param name="StopsPerTurn">Cars that end in one turn.</param>
internal sealed record WorkerPace(double ConnectRate, int MaximumConnecting, int GatherMilliseconds, int StopsPerTurn)
{
    // Fewer than a listener's queue holds (net.core.somaxconn, 4,096), and still enough to be fast.
    private const int Connecting = 1_024;
    private const int StopsPerSecond = 20_000;
    private const int TurnsPerSecond = 100;

    /// <summary>A worker's part of what the whole fleet may do.</summary>
    public static WorkerPace Share(ConnectionPlan plan, double? connectRate, int? gatherMilliseconds)
    {
        var gather = gatherMilliseconds ?? plan.GatherMilliseconds;
        var turns = gather == 0 ? TurnsPerSecond : 1_000.0 / gather;
        return new WorkerPace(
            (connectRate ?? plan.ConnectRate) / plan.Loops,
            Math.Clamp(Connecting / plan.Loops, 16, 128),
            gather,
            (int)Math.Ceiling(StopsPerSecond / turns / plan.Loops));
    }

    /// <summary>The pace of so many workers in a line.</summary>
    public string Describe(int workers) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(ConnectRate == 0 ? "connects as fast as it goes" : $"{ConnectRate * workers:N0} connects/s")}{(GatherMilliseconds == 0 ? "" : $", turns of {GatherMilliseconds} ms")}");
}
