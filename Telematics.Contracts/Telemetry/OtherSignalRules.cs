using System.Buffers;
using System.Text.Json;

namespace Telematics.Contracts.Telemetry;

/// <summary>
/// What the value of a signal without a column may be: any JSON that every database takes. PostgreSQL's jsonb takes
/// neither U+0000 nor half a surrogate pair, and its numbers have a greatest exponent.
/// </summary>
internal static class OtherSignalRules
{
    private const int MaxNumberLength = 64;

    /// <summary>Walks the value at which the reader stands, to its last token; null when it may be stored, else what is wrong.</summary>
    public static string? Walk(ref Utf8JsonReader json)
    {
        string? wrong = null;
        var depth = 0;
        while (true)
        {
            switch (json.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    depth++;
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    depth--;
                    break;
                case JsonTokenType.String or JsonTokenType.PropertyName when json.ValueIsEscaped:
                    wrong ??= CheckText(ref json);
                    break;
                case JsonTokenType.Number:
                    wrong ??= CheckNumber(ref json);
                    break;
            }

            if (depth == 0 && json.TokenType != JsonTokenType.PropertyName)
            {
                return wrong;
            }

            json.Read();
        }
    }

    private static string? CheckNumber(ref Utf8JsonReader json)
    {
        var digits = json.ValueSpan;
        if (digits.Length > MaxNumberLength || !json.TryGetDouble(out var value) || !double.IsFinite(value))
        {
            return $"{SignalChecks.Quote(digits)} is too great a number";
        }

        var exponent = digits.IndexOfAny((byte)'e', (byte)'E');
        return value == 0 && (exponent < 0 ? digits : digits[..exponent]).ContainsAnyInRange((byte)'1', (byte)'9')
            ? $"{SignalChecks.Quote(digits)} is too small a number"
            : null;
    }

    private static string? CheckText(ref Utf8JsonReader json)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(json.ValueSpan.Length);
        try
        {
            return buffer.AsSpan(0, json.CopyString(buffer)).Contains((byte)0) ? "a text with U+0000" : null;
        }
        catch (InvalidOperationException)
        {
            return "a text with half a surrogate pair";
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
