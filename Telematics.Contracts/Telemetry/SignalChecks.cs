using System.Globalization;
using System.Text;

namespace Telematics.Contracts.Telemetry;

/// <summary>The rules for values that both encodings share, and the words in which an operator reads of a breach.</summary>
internal static class SignalChecks
{
    private const int MaxQuoted = 64;

    /// <summary>Null when the value may be stored, else what is wrong with it.</summary>
    public static string? Check(Signal signal, double value)
    {
        if (!(value >= signal.Min && value <= signal.Max))
        {
            return OutOfRange(signal, value.ToString("R", CultureInfo.InvariantCulture));
        }

        return signal.Type is SignalType.Bigint or SignalType.Integer or SignalType.Smallint && value != Math.Floor(value)
            ? string.Create(CultureInfo.InvariantCulture, $"{signal.Path}: {value:R} is not a whole number")
            : null;
    }

    /// <summary>Words for a value that is no number, or beyond the limits.</summary>
    public static string OutOfRange(Signal signal, string value) => signal.Type switch
    {
        SignalType.Boolean => $"{signal.Path}: {value} is neither true nor false",
        SignalType.Label => $"{signal.Path}: {value} is none of {string.Join(", ", signal.Labels)}",
        _ => string.Create(CultureInfo.InvariantCulture, $"{signal.Path}: {value} is not a number from {signal.Min:R} to {signal.Max:R}{(signal.Unit.Length > 0 ? " " : "")}{signal.Unit}"),
    };

    /// <summary>What the car wrote, short and printable.</summary>
    public static string Quote(ReadOnlySpan<byte> utf8)
    {
        var cut = utf8.Length > MaxQuoted;
        var text = Encoding.UTF8.GetString(cut ? utf8[..MaxQuoted] : utf8);
        return string.Create(text.Length, text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) || char.IsSurrogate(source[i]) ? '\uFFFD' : source[i];
            }
        }) + (cut ? "…" : "");
    }
}
