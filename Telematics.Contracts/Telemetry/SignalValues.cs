using System.Runtime.CompilerServices;

namespace Telematics.Contracts.Telemetry;

/// <summary>
/// The values of a sample by <see cref="Signal.Index"/>; NaN means "not reported". Booleans are 0 and 1, labels their
/// code; every integer of the catalogue fits exactly into a double.
/// </summary>
[InlineArray(SignalCatalogue.Count)]
public struct SignalValues
{
    private double _first;

    /// <summary>A set in which nothing is reported.</summary>
    public static SignalValues None { get; } = CreateNone();

    private static SignalValues CreateNone()
    {
        var values = default(SignalValues);
        ((Span<double>)values).Fill(double.NaN);
        return values;
    }
}
