namespace Telematics.Storage;

/// <summary>The samples of one step.</summary>
/// <param name="Start">Where the step begins, microseconds since 1970-01-01 UTC.</param>
/// <param name="Samples">How many samples it has.</param>
/// <param name="Signals">The wanted signals that were reported in it, by <see cref="SignalAggregate.Signal"/>.</param>
public sealed record HistoryStep(long Start, long Samples, IReadOnlyList<SignalAggregate> Signals)
{
    /// <summary>How far the vehicle drove between the step's samples by its odometer, m; null when it did not report it.</summary>
    public long? Distance { get; init; }

    /// <summary>
    /// Energy that the traction battery gave between the step's first sample and its last, kWh: their mean power times that
    /// time. Negative when it took more than it gave; null when no sample reports both voltage and current.
    /// </summary>
    public double? Energy { get; init; }

    /// <summary>The first position in the step; null when none was reported.</summary>
    public PositionFix? FirstPosition { get; init; }

    /// <summary>The last position in the step.</summary>
    public PositionFix? LastPosition { get; init; }
}

/// <summary>One signal within a step.</summary>
/// <param name="Signal">Index in <see cref="Contracts.Telemetry.SignalCatalogue"/>.</param>
/// <param name="Count">How many samples report it, at least 1.</param>
/// <param name="Min">Smallest value.</param>
/// <param name="Max">Greatest value.</param>
/// <param name="Average">Mean of the values, each sample counted alike.</param>
/// <param name="Last">Value of the latest sample by device time; the greatest where several are of that time.</param>
public readonly record struct SignalAggregate(int Signal, long Count, double Min, double Max, double Average, double Last);
