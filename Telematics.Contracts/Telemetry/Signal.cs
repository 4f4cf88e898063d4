namespace Telematics.Contracts.Telemetry;

/// <summary>A COVESA VSS signal that has a column of its own because it is charted, filtered or aggregated fleet-wide.</summary>
/// <param name="Index">Its place in <see cref="SignalValues"/> and in <see cref="SignalCatalogue.Signals"/>.</param>
/// <param name="Path">The VSS path, for example <c>Vehicle.Speed</c>.</param>
/// <param name="Column">The column in <c>telemetry</c> and <c>vehicle_latest</c>.</param>
/// <param name="Type">How it is stored.</param>
/// <param name="Unit">The VSS unit; empty for signals without one.</param>
/// <param name="Min">Smallest value that is accepted.</param>
/// <param name="Max">Greatest value that is accepted.</param>
public sealed record Signal(int Index, string Path, string Column, SignalType Type, string Unit, double Min, double Max)
{
    /// <summary>The texts of a <see cref="SignalType.Label"/> signal in the order of their codes; else empty.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Steps of one unit in which the encoders write the value: 10 means a resolution of 0.1.</summary>
    public int Scale { get; init; } = 1;
}
