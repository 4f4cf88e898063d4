namespace Telematics.Contracts.Telemetry;

/// <summary>Decodes one <c>Sample</c> of <c>telemetry.v1.proto</c>.</summary>
internal static class ProtobufSampleReader
{
    private const uint OffsetSeen = 1u << 30;
    private const uint MicrosSeen = 1u << 31;

    /// <summary>Adds the sample to the target; null when it stands, else why not (the caller takes it back).</summary>
    public static DecodeResult? Read(ReadOnlySpan<byte> bytes, long? baseTime, DecodedTelemetry target)
    {
        ref var sample = ref target.AddSample();
        long offset = 0;
        var micros = 0;
        var seen = 0u;
        var signals = 0;
        var hasOther = false;
        var reader = new ProtobufReader(bytes);
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadTag(out var field, out var wireType))
            {
                return Undecodable($"no field of telemetry.v1's Sample at byte {reader.Position} of the sample");
            }

            var index = ProtobufFields.SignalOf(field);
            var isSignal = index >= 0 || field == ProtobufFields.Other;
            if (isSignal && ++signals > TelemetryLimits.MaxSignals)
            {
                return new DecodeResult(RejectReason.TooMany, $"more than {TelemetryLimits.MaxSignals} signals in one sample");
            }

            if (field == ProtobufFields.Other && wireType == WireType.LengthDelimited)
            {
                if (!reader.TryReadBytes(out var entry))
                {
                    return Undecodable($"other: cut off at byte {reader.Position} of the sample");
                }

                if (!hasOther)
                {
                    target.Paths.Clear();
                    target.StartJson().WriteStartObject();
                    hasOther = true;
                }

                if (ProtobufOtherReader.Read(entry, target) is { } failure)
                {
                    return failure;
                }

                continue;
            }

            if (wireType != WireType.Varint || (index < 0 && field is not (ProtobufFields.TimeOffset or ProtobufFields.TimeMicros)))
            {
                return Undecodable($"field {field} of wire type {(int)wireType} is not known to telemetry.v1's Sample");
            }

            if (!reader.TryReadVarint(out var raw))
            {
                return Undecodable($"field {field}: cut off or malformed at byte {reader.Position} of the sample");
            }

            var bit = field switch
            {
                ProtobufFields.TimeOffset => OffsetSeen,
                ProtobufFields.TimeMicros => MicrosSeen,
                _ => 1u << index,
            };
            if ((seen & bit) != 0)
            {
                return Undecodable($"field {field} comes twice");
            }

            seen |= bit;
            switch (field)
            {
                case ProtobufFields.TimeOffset:
                    offset = ProtobufReader.UnZigZag(raw);
                    break;
                case ProtobufFields.TimeMicros when raw < 1_000:
                    micros = (int)raw;
                    break;
                case ProtobufFields.TimeMicros:
                    return new DecodeResult(RejectReason.ValueOutOfRange, $"time_micros: {raw} is not a number from 0 to 999");
                default:
                    var signal = SignalCatalogue.Signals[index];
                    // A whole number divided by a power of ten gives the same double as its decimal text in JSON.
                    var value = (ProtobufFields.IsSigned(signal) ? ProtobufReader.UnZigZag(raw) : (double)raw) / signal.Scale;
                    if (SignalChecks.Check(signal, value) is { } wrong)
                    {
                        return new DecodeResult(RejectReason.ValueOutOfRange, wrong);
                    }

                    sample.Values[index] = value;
                    break;
            }
        }

        if (baseTime is not { } start)
        {
            return new DecodeResult(RejectReason.TimeMissing, "samples without base_time_ms");
        }

        if (!TryAddTimes(start, offset, micros, out sample.DeviceTime))
        {
            return new DecodeResult(RejectReason.ValueOutOfRange, $"time: {start} ms and {offset} ms since 1970 are not within the years 1 to 9999");
        }

        if (hasOther)
        {
            var json = target.StartedJson;
            json.WriteEndObject();
            json.Flush();
            target.SetOther(ref sample, target.WrittenJson);
        }

        return null;
    }

    private static bool TryAddTimes(long baseTime, long offset, int micros, out long time)
    {
        var sum = ((Int128)baseTime + offset) * UnixTime.MicrosecondsPerMillisecond + micros;
        time = sum >= long.MinValue && sum <= long.MaxValue ? (long)sum : long.MinValue;
        return Rfc3339.IsInRange(time);
    }

    private static DecodeResult Undecodable(string detail) => new(RejectReason.Undecodable, detail);
}
