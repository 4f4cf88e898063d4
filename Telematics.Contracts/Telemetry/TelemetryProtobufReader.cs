using System.Diagnostics.CodeAnalysis;

namespace Telematics.Contracts.Telemetry;

/// <summary>Decodes <c>telemetry.v1.proto</c> from the wire, without an object per sample; strings are made only for what is rejected.</summary>
internal static class TelemetryProtobufReader
{
    /// <summary>Decodes one message into a target that is clear.</summary>
    public static DecodeResult Decode(ReadOnlySpan<byte> body, DecodedTelemetry target)
    {
        // The base time may stand behind the samples, so the samples are decoded in a second pass.
        if (!TryReadMessage(body, target, out var baseTime, out var count, out var wrong))
        {
            target.Clear();
            return wrong.Value;
        }

        var reader = new ProtobufReader(body);
        for (var index = 0; index < count;)
        {
            reader.TryReadTag(out var field, out var wireType);
            if (wireType == WireType.Varint)
            {
                reader.TryReadVarint(out _);
                continue;
            }

            reader.TryReadBytes(out var bytes);
            var otherStart = target.OtherLength;
            if (ProtobufSampleReader.Read(bytes, baseTime, target) is { } failure)
            {
                target.RemoveLastSample(otherStart);
                if (count == 1)
                {
                    return failure;
                }

                target.AddFailure(new SampleFailure(index, failure.Reason, failure.Detail, reader.Position - bytes.Length, bytes.Length));
            }

            index++;
        }

        return DecodeResult.Decoded;
    }

    private static bool TryReadMessage(ReadOnlySpan<byte> body, DecodedTelemetry target, out long? baseTime, out int count, [NotNullWhen(false)] out DecodeResult? wrong)
    {
        long? boot = null;
        long? seq = null;
        baseTime = null;
        count = 0;
        var reader = new ProtobufReader(body);
        while (!reader.IsAtEnd)
        {
            var at = reader.Position;
            if (!reader.TryReadTag(out var field, out var wireType))
            {
                wrong = Undecodable($"{(at == 0 ? "neither JSON nor Protobuf: " : "")}no field of telemetry.v1's Telemetry at byte {at}");
                return false;
            }

            wrong = (field, wireType) switch
            {
                (ProtobufFields.Boot, WireType.Varint) => ReadCounter(ref reader, "boot", ref boot),
                (ProtobufFields.Seq, WireType.Varint) => ReadCounter(ref reader, "seq", ref seq),
                (ProtobufFields.BaseTime, WireType.Varint) => ReadBaseTime(ref reader, ref baseTime),
                (ProtobufFields.Samples, WireType.LengthDelimited) => SkipSample(ref reader, ref count),
                _ => Undecodable($"{(at == 0 ? "neither JSON nor Protobuf: " : "")}field {field} of wire type {(int)wireType} at byte {at} is not known to telemetry.v1's Telemetry"),
            };
            if (wrong is not null)
            {
                return false;
            }
        }

        if (boot.HasValue != seq.HasValue)
        {
            wrong = Undecodable(boot.HasValue ? "boot without seq: they come together or not at all" : "seq without boot: they come together or not at all");
            return false;
        }

        target.HasSequence = boot.HasValue;
        target.Boot = boot ?? 0;
        target.Seq = seq ?? 0;
        wrong = null;
        return true;
    }

    private static DecodeResult? ReadCounter(ref ProtobufReader reader, string name, ref long? counter)
    {
        if (counter is not null)
        {
            return Undecodable($"{name} comes twice");
        }

        if (!reader.TryReadVarint(out var value))
        {
            return CutOff(name, reader.Position);
        }

        if (value > long.MaxValue)
        {
            return new DecodeResult(RejectReason.ValueOutOfRange, $"{name}: {value} is not an integer from 0 to {long.MaxValue}");
        }

        counter = (long)value;
        return null;
    }

    private static DecodeResult? ReadBaseTime(ref ProtobufReader reader, ref long? baseTime)
    {
        if (baseTime is not null)
        {
            return Undecodable("base_time_ms comes twice");
        }

        if (!reader.TryReadVarint(out var value))
        {
            return CutOff("base_time_ms", reader.Position);
        }

        baseTime = (long)value;
        return null;
    }

    private static DecodeResult? SkipSample(ref ProtobufReader reader, ref int count)
    {
        if (++count > TelemetryLimits.MaxSamples)
        {
            return new DecodeResult(RejectReason.TooMany, $"more than {TelemetryLimits.MaxSamples} samples in one message");
        }

        return reader.TryReadBytes(out _) ? null : CutOff("samples", reader.Position);
    }

    private static DecodeResult CutOff(string field, int position) => Undecodable($"{field}: cut off or malformed at byte {position}");

    private static DecodeResult Undecodable(string detail) => new(RejectReason.Undecodable, detail);
}
