using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Telematics.Contracts.Telemetry;

/// <summary>Writes telemetry messages in JSON (docs/telemetry.md).</summary>
public static class TelemetryJson
{
    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>Writes one message: flat for one sample, else with a list of samples. Values are rounded to <see cref="Signal.Scale"/>.</summary>
    /// <param name="output">Takes the bytes.</param>
    /// <param name="sequence"><c>boot</c> and <c>seq</c>, or null.</param>
    /// <param name="samples">The samples.</param>
    /// <param name="otherSignals">What <see cref="TelemetrySample.OtherStart"/> points into.</param>
    public static void Write(IBufferWriter<byte> output, MessageSequence? sequence, ReadOnlySpan<TelemetrySample> samples, ReadOnlySpan<byte> otherSignals)
    {
        ArgumentNullException.ThrowIfNull(output);
        var json = _writer ??= new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        json.Reset(output);
        json.WriteStartObject();
        var isFlat = samples.Length == 1;
        if (isFlat)
        {
            WriteTime(json, in samples[0]);
        }

        if (sequence is { } number)
        {
            json.WriteNumber("boot"u8, number.Boot);
            json.WriteNumber("seq"u8, number.Seq);
        }

        if (isFlat)
        {
            WriteSignals(json, in samples[0], otherSignals);
        }
        else
        {
            json.WriteStartArray("samples"u8);
            foreach (ref readonly var sample in samples)
            {
                json.WriteStartObject();
                WriteTime(json, in sample);
                WriteSignals(json, in sample, otherSignals);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.Flush();
        json.Reset(NullOutput.Instance); // the thread keeps the writer, not the caller's buffer
    }

    private static void WriteTime(Utf8JsonWriter json, in TelemetrySample sample)
    {
        Span<byte> text = stackalloc byte[Rfc3339.MaxLength];
        json.WriteString("time"u8, text[..Rfc3339.Format(sample.DeviceTime, text)]);
    }

    private static void WriteSignals(Utf8JsonWriter json, in TelemetrySample sample, ReadOnlySpan<byte> otherSignals)
    {
        for (var i = 0; i < SignalCatalogue.Count; i++)
        {
            var value = sample.Values[i];
            if (double.IsNaN(value))
            {
                continue;
            }

            var signal = SignalCatalogue.Signals[i];
            var path = SignalPaths.PathOf(i);
            switch (signal.Type)
            {
                case SignalType.Boolean:
                    json.WriteBoolean(path, value != 0);
                    break;
                case SignalType.Label:
                    json.WriteString(path, signal.Labels[(int)value]);
                    break;
                default:
                    json.WriteNumber(path, Math.Round(value * signal.Scale) / signal.Scale);
                    break;
            }
        }

        if (sample.OtherLength == 0)
        {
            return;
        }

        var other = new Utf8JsonReader(otherSignals.Slice(sample.OtherStart, sample.OtherLength));
        other.Read();
        while (other.Read() && other.TokenType == JsonTokenType.PropertyName)
        {
            json.WritePropertyName(other.ValueSpan);
            other.Read();
            var start = (int)other.TokenStartIndex;
            other.Skip();
            json.WriteRawValue(otherSignals.Slice(sample.OtherStart + start, (int)other.BytesConsumed - start), skipInputValidation: true);
        }
    }

    private sealed class NullOutput : IBufferWriter<byte>
    {
        public static readonly NullOutput Instance = new();

        public void Advance(int count) => throw new InvalidOperationException("nothing is written here");

        public Memory<byte> GetMemory(int sizeHint = 0) => throw new InvalidOperationException("nothing is written here");

        public Span<byte> GetSpan(int sizeHint = 0) => throw new InvalidOperationException("nothing is written here");
    }
}
