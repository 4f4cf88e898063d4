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

    /// <summary>How far the vehicle drove between the step's first and last reading of the odometer, in m; absent without `step`, and when it reported none.</summary>
    public long? Distance { get; init; }

    /// <summary>Energy that the traction battery gave between the step's first and last sample, in kWh: their mean power times that time. Negative when it took more than it gave. Absent without `step`, and when no sample has both voltage and current.</summary>
    public double? Energy { get; init; }

    /// <summary>The first position in the step; absent without `step`, and when none was reported.</summary>
    public PositionResponse? FirstPosition { get; init; }

    /// <summary>The last position in the step; absent without `step`, and when none was reported.</summary>
    public PositionResponse? LastPosition { get; init; }

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
        Distance = step.Distance,

        // A thousandth of a watt-hour.
        Energy = step.Energy is { } energy ? Math.Round(energy, 6) : null,
        FirstPosition = PositionResponse.From(step.FirstPosition),
        LastPosition = PositionResponse.From(step.LastPosition),
    };
}
