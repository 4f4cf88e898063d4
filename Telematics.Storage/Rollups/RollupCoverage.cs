using Telematics.Contracts.Telemetry;

namespace Telematics.Storage.Rollups;

/// <summary>Which questions rollups answer exactly as samples would.</summary>
public static class RollupCoverage
{
    /// <summary>The coarsest rollup that answers a question per step; <see cref="TelemetrySource.Raw"/> when only samples do.</summary>
    /// <param name="signals">The wanted signals; null = all.</param>
    /// <param name="step">Length of a step, microseconds.</param>
    public static TelemetrySource Of(IReadOnlyList<int>? signals, long step) =>
        Holds(signals) ? Fill(step) : TelemetrySource.Raw;

    /// <summary>Whether buckets hold all of the signals: no other than the speed.</summary>
    internal static bool Holds(IReadOnlyList<int>? signals) => signals is not null && signals.All(signal => signal == SignalCatalogue.Speed);

    /// <summary>The coarsest buckets that fill steps of a length; <see cref="TelemetrySource.Raw"/> when a step may end within a minute.</summary>
    internal static TelemetrySource Fill(long step) =>
        step % RollupTime.Hour == 0 ? TelemetrySource.Hour : step % RollupTime.Minute == 0 ? TelemetrySource.Minute : TelemetrySource.Raw;
}
