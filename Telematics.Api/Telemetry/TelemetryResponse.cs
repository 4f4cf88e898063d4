using Telematics.Contracts;
using Telematics.Storage;

namespace Telematics.Api.Telemetry;

/// <summary>One sample, or with <c>step</c> the samples of one step.</summary>
internal sealed record TelemetryResponse
{
    /// <summary>Device time of the sample, or where the step begins.</summary>
    public required DateTime Time { get; init; }

    /// <summary>When the sample was stored; absent with <c>step</c>.</summary>
    public DateTime? StoredAt { get; init; }

    /// <summary>The sample's signals; absent with <c>step</c>.</summary>
    public SignalSet? Signals { get; init; }

    /// <summary>How many samples the step has; absent without <c>step</c>.</summary>
    public long? Samples { get; init; }

    /// <summary>The step's signals, each with count, min, max, avg and last; absent without <c>step</c>.</summary>
    public StepSignalSet? Aggregates { get; init; }

    public static TelemetryResponse From(in HistorySample sample) => new()
    {
        Time = UnixTime.ToDateTime(sample.Time),
        StoredAt = UnixTime.ToDateTime(sample.StoredAt),
        Signals = new SignalSet(sample.Values, sample.Other),
    };

    public static TelemetryResponse From(HistoryStep step) => new()
    {
        Time = UnixTime.ToDateTime(step.Start),
        Samples = step.Samples,
        Aggregates = new StepSignalSet(step.Signals),
    };
}
