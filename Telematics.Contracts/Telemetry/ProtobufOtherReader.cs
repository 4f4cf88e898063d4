using System.Text.Json;
using System.Text.Unicode;

namespace Telematics.Contracts.Telemetry;

/// <summary>Turns one entry of <c>Sample.other</c> into a property of the JSON object that is kept.</summary>
internal static class ProtobufOtherReader
{
    /// <summary>Writes the entry with the target's JSON writer; null when it stands, else why not.</summary>
    public static DecodeResult? Read(ReadOnlySpan<byte> entry, DecodedTelemetry target)
    {
        ReadOnlySpan<byte> path = default;
        ReadOnlySpan<byte> value = default;
        var reader = new ProtobufReader(entry);
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadTag(out var field, out var wireType) || wireType != WireType.LengthDelimited || !reader.TryReadBytes(out var bytes))
            {
                return Undecodable("other: an entry that is malformed");
            }

            switch (field)
            {
                case ProtobufFields.Key:
                    path = bytes;
                    break;
                case ProtobufFields.Value:
                    value = bytes;
                    break;
                default:
                    return Undecodable($"other: field {field} is not known to a map's entry");
            }
        }

        if (!SignalPaths.IsPath(path))
        {
            return Undecodable($"other: {(Utf8.IsValid(path) ? SignalChecks.Quote(path) : "a key that is not UTF-8")} is no VSS path such as Vehicle.Cabin.Infotainment.HMI.Brightness");
        }

        if (SignalPaths.Find(path) is >= 0 and var index)
        {
            return Undecodable($"other: {SignalCatalogue.Signals[index].Path} has a field of its own, {ProtobufFields.Of(index)}");
        }

        return target.Paths.Add(path) ? WriteValue(target.StartedJson, path, value) : Undecodable($"other: {SignalChecks.Quote(path)} comes twice");
    }

    private static DecodeResult? WriteValue(Utf8JsonWriter json, ReadOnlySpan<byte> path, ReadOnlySpan<byte> value)
    {
        var reader = new ProtobufReader(value);
        if (reader.IsAtEnd)
        {
            return null; // a value of no kind: not reported
        }

        if (!reader.TryReadTag(out var field, out var wireType))
        {
            return Malformed(path);
        }

        DecodeResult? result;
        switch (field, wireType)
        {
            case (ProtobufFields.Number, WireType.Fixed64) when reader.TryReadFixed64(out var bits):
                var number = BitConverter.UInt64BitsToDouble(bits);
                if (!double.IsFinite(number))
                {
                    return Wrong(path, $"{number} is not a number");
                }

                json.WriteNumber(path, number);
                result = null;
                break;
            case (ProtobufFields.Integer, WireType.Varint) when reader.TryReadVarint(out var raw):
                json.WriteNumber(path, ProtobufReader.UnZigZag(raw));
                result = null;
                break;
            case (ProtobufFields.Boolean, WireType.Varint) when reader.TryReadVarint(out var flag) && flag <= 1:
                json.WriteBoolean(path, flag == 1);
                result = null;
                break;
            case (ProtobufFields.Text, WireType.LengthDelimited) when reader.TryReadBytes(out var text):
                result = WriteText(json, path, text);
                break;
            case (ProtobufFields.Json, WireType.LengthDelimited) when reader.TryReadBytes(out var raw):
                result = WriteJson(json, path, raw);
                break;
            default:
                return Malformed(path);
        }

        return result ?? (reader.IsAtEnd ? null : Malformed(path));
    }

    private static DecodeResult? WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> path, ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text))
        {
            return Wrong(path, "a text that is not UTF-8");
        }

        if (text.Contains((byte)0))
        {
            return Wrong(path, "a text with U+0000");
        }

        json.WriteString(path, text);
        return null;
    }

    private static DecodeResult? WriteJson(Utf8JsonWriter json, ReadOnlySpan<byte> path, ReadOnlySpan<byte> value)
    {
        if (!Utf8.IsValid(value))
        {
            return Wrong(path, "JSON that is not UTF-8");
        }

        try
        {
            var reader = new Utf8JsonReader(value, new JsonReaderOptions { MaxDepth = TelemetryLimits.MaxDepth - 1 });
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null)
            {
                reader.Read();
                return null;
            }

            if (OtherSignalRules.Walk(ref reader) is { } wrong)
            {
                return Wrong(path, wrong);
            }

            reader.Read(); // throws if anything but white space follows
        }
        catch (JsonException e)
        {
            return Wrong(path, $"not JSON: {e.Message}");
        }

        json.WritePropertyName(path);
        json.WriteRawValue(value, skipInputValidation: true);
        return null;
    }

    private static DecodeResult Wrong(ReadOnlySpan<byte> path, string what) => new(RejectReason.ValueOutOfRange, $"{SignalChecks.Quote(path)}: {what}");

    private static DecodeResult Malformed(ReadOnlySpan<byte> path) => Undecodable($"{SignalChecks.Quote(path)}: a value that is malformed, or of no kind that telemetry.v1 knows");

    private static DecodeResult Undecodable(string detail) => new(RejectReason.Undecodable, detail);
}
