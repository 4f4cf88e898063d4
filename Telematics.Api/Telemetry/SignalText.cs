using Telematics.Contracts.Telemetry;

namespace Telematics.Api.Telemetry;

/// <summary>Values of signals as answers and exports write them.</summary>
internal static class SignalText
{
    /// <summary>The word for a boolean or a label; null for numbers, and for a code that has no label.</summary>
    public static string? Of(Signal signal, double value) => signal.Type switch
    {
        SignalType.Boolean => value != 0 ? "true" : "false",
        SignalType.Label when value >= 0 && value < signal.Labels.Count => signal.Labels[(int)value],
        _ => null,
    };

    /// <summary>A number, rounded to what is stored of it.</summary>
    public static double Round(Signal signal, double value) => Math.Round(value * signal.Scale) / signal.Scale;
}
