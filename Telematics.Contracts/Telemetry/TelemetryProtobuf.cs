using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text.Json;

namespace Telematics.Contracts.Telemetry;

/// <summary>Writes telemetry messages as <c>telemetry.v1.proto</c> says (docs/telemetry.md).</summary>
public static class TelemetryProtobuf
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _sample;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _value;

    /// <summary>Writes one message. Values are rounded to <see cref="Signal.Scale"/>, times counted from the first sample's.</summary>
    /// <param name="output">Takes the bytes.</param>
    /// <param name="sequence"><c>boot</c> and <c>seq</c>, or null.</param>
    /// <param name="samples">The samples.</param>
    /// <param name="otherSignals">What <see cref="TelemetrySample.OtherStart"/> points into.</param>
    public static void Write(IBufferWriter<byte> output, MessageSequence? sequence, ReadOnlySpan<TelemetrySample> samples, ReadOnlySpan<byte> otherSignals)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (sequence is { } number)
        {
            WriteVarintField(output, ProtobufFields.Boot, (ulong)number.Boot);
            WriteVarintField(output, ProtobufFields.Seq, (ulong)number.Seq);
        }

        if (samples.IsEmpty)
        {
            return;
        }

        var baseTime = Milliseconds(samples[0].DeviceTime);
        WriteVarintField(output, ProtobufFields.BaseTime, (ulong)baseTime);
        var buffer = _sample ??= new ArrayBufferWriter<byte>(512);
        foreach (ref readonly var sample in samples)
        {
            buffer.ResetWrittenCount();
            WriteSample(buffer, in sample, baseTime, otherSignals);
            WriteBytesField(output, ProtobufFields.Samples, buffer.WrittenSpan);
        }
    }

    private static void WriteSample(ArrayBufferWriter<byte> output, in TelemetrySample sample, long baseTime, ReadOnlySpan<byte> otherSignals)
    {
        var milliseconds = Milliseconds(sample.DeviceTime);
        if (milliseconds != baseTime)
        {
            WriteVarintField(output, ProtobufFields.TimeOffset, ZigZag(milliseconds - baseTime));
        }

        for (var i = 0; i < SignalCatalogue.Count; i++)
        {
            var value = sample.Values[i];
            if (double.IsNaN(value))
            {
                continue;
            }

            var signal = SignalCatalogue.Signals[i];
            var steps = (long)Math.Round(value * signal.Scale);
            WriteVarintField(output, ProtobufFields.Of(i), ProtobufFields.IsSigned(signal) ? ZigZag(steps) : (ulong)steps);
        }

        var micros = sample.DeviceTime - (milliseconds * UnixTime.MicrosecondsPerMillisecond);
        if (micros != 0)
        {
            WriteVarintField(output, ProtobufFields.TimeMicros, (ulong)micros);
        }

        if (sample.OtherLength > 0)
        {
            WriteOther(output, otherSignals.Slice(sample.OtherStart, sample.OtherLength));
        }
    }

    private static void WriteOther(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> json)
    {
        var value = _value ??= new ArrayBufferWriter<byte>(128);
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var path = reader.ValueSpan;
            reader.Read();
            value.ResetWrittenCount();
            WriteValue(value, ref reader, json);
            var valueBytes = value.WrittenSpan;
            var length = FieldLength(ProtobufFields.Key, path.Length) + FieldLength(ProtobufFields.Value, valueBytes.Length);
            WriteTag(output, ProtobufFields.Other, WireType.LengthDelimited);
            WriteVarint(output, (ulong)length);
            WriteBytesField(output, ProtobufFields.Key, path);
            WriteBytesField(output, ProtobufFields.Value, valueBytes);
        }
    }

    private static void WriteValue(ArrayBufferWriter<byte> output, ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Number when reader.TryGetInt64(out var integer):
                WriteVarintField(output, ProtobufFields.Integer, ZigZag(integer));
                break;
            case JsonTokenType.Number:
                WriteTag(output, ProtobufFields.Number, WireType.Fixed64);
                BinaryPrimitives.WriteDoubleLittleEndian(output.GetSpan(sizeof(double)), reader.GetDouble());
                output.Advance(sizeof(double));
                break;
            case JsonTokenType.True or JsonTokenType.False:
                WriteVarintField(output, ProtobufFields.Boolean, reader.TokenType == JsonTokenType.True ? 1u : 0u);
                break;
            case JsonTokenType.String when !reader.ValueIsEscaped:
                WriteBytesField(output, ProtobufFields.Text, reader.ValueSpan);
                break;
            default:
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                WriteBytesField(output, ProtobufFields.Json, json[start..(int)reader.BytesConsumed]);
                break;
        }
    }

    private static long Milliseconds(long microseconds) => (microseconds - (((microseconds % 1_000) + 1_000) % 1_000)) / UnixTime.MicrosecondsPerMillisecond;

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    private static int FieldLength(int field, int length) => VarintLength((ulong)field << 3) + VarintLength((ulong)length) + length;

    private static int VarintLength(ulong value) => (BitOperations.Log2(value | 1) / 7) + 1;

    private static void WriteVarintField(IBufferWriter<byte> output, int field, ulong value)
    {
        WriteTag(output, field, WireType.Varint);
        WriteVarint(output, value);
    }

    private static void WriteBytesField(IBufferWriter<byte> output, int field, ReadOnlySpan<byte> bytes)
    {
        WriteTag(output, field, WireType.LengthDelimited);
        WriteVarint(output, (ulong)bytes.Length);
        output.Write(bytes);
    }

    private static void WriteTag(IBufferWriter<byte> output, int field, WireType wireType) => WriteVarint(output, ((ulong)field << 3) | (ulong)wireType);

    private static void WriteVarint(IBufferWriter<byte> output, ulong value)
    {
        var span = output.GetSpan(10);
        var length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            span[length++] = (byte)(value | 0x80);
        }

        span[length++] = (byte)value;
        output.Advance(length);
    }
}
