using System.Text;

namespace Telematics.Contracts.Telemetry;

/// <summary>
/// Decodes what cars send on <c>telemetry/{vehicleId}</c> (docs/telemetry.md). Nothing that a car can send makes it throw.
/// </summary>
public static class TelemetryCodec
{
    /// <summary>MQTT 5 Content Type of JSON.</summary>
    public const string JsonContentType = "application/json";

    /// <summary>MQTT 5 Content Type of Protobuf.</summary>
    public const string ProtobufContentType = "application/x-protobuf";

    /// <summary>Decodes one message.</summary>
    /// <param name="body">The payload.</param>
    /// <param name="contentType">The MQTT 5 Content Type in UTF-8, or empty; decides between JSON and Protobuf when it names one of them, else the first byte does.</param>
    /// <param name="target">
    /// Takes the message; what it held before is gone. Decoded: <see cref="DecodedTelemetry.Samples"/> hold what was
    /// accepted and <see cref="DecodedTelemetry.Failures"/> what was not (only in a batch). Not decoded: it holds no sample,
    /// but <c>boot</c> and <c>seq</c> where the message's only sample is what was wrong.
    /// </param>
    public static DecodeResult Decode(ReadOnlySpan<byte> body, ReadOnlySpan<byte> contentType, DecodedTelemetry target)
    {
        ArgumentNullException.ThrowIfNull(target);
        target.Clear();
        if (body.Length > TelemetryLimits.MaxBodyLength)
        {
            return new DecodeResult(RejectReason.TooMany, $"the body has {body.Length} bytes; the limit is {TelemetryLimits.MaxBodyLength}");
        }

        if (body.IsEmpty)
        {
            return new DecodeResult(RejectReason.Undecodable, "the body is empty");
        }

        return IsJson(body, contentType) ? TelemetryJsonReader.Decode(body, target) : TelemetryProtobufReader.Decode(body, target);
    }

    private static bool IsJson(ReadOnlySpan<byte> body, ReadOnlySpan<byte> contentType)
    {
        if (!contentType.IsEmpty)
        {
            var end = contentType.IndexOf((byte)';');
            var type = (end < 0 ? contentType : contentType[..end]).Trim((byte)' ');
            if (Is(type, "application/json"u8) || Is(type, "text/json"u8) || (type.Length > 5 && Is(type[^5..], "+json"u8)))
            {
                return true;
            }

            if (Is(type, "application/x-protobuf"u8) || Is(type, "application/protobuf"u8) || Is(type, "application/vnd.google.protobuf"u8))
            {
                return false;
            }
        }

        // No Protobuf message of telemetry.v1.proto begins with one of these bytes: its field numbers are chosen so.
        return body[0] is (byte)'{' or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' || body.StartsWith(Encoding.UTF8.Preamble);
    }

    private static bool Is(ReadOnlySpan<byte> type, ReadOnlySpan<byte> expected) => Ascii.EqualsIgnoreCase(type, expected);
}
