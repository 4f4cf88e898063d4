using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Telematics.Contracts.Telemetry;

/// <summary>One telemetry message, decoded. Reused from message to message.</summary>
public sealed class DecodedTelemetry
{
    private TelemetrySample[] _samples = new TelemetrySample[16];
    private byte[] _other = new byte[256];
    private int _otherLength;
    private readonly List<SampleFailure> _failures = [];
    private ArrayBufferWriter<byte>? _json;
    private Utf8JsonWriter? _jsonWriter;

    /// <summary>The life of the car's counter; meaningless unless <see cref="HasSequence"/>.</summary>
    public long Boot { get; set; }

    /// <summary>The message's number within <see cref="Boot"/>, at least 0; meaningless unless <see cref="HasSequence"/>.</summary>
    public long Seq { get; set; }

    /// <summary>Whether the message carried <c>boot</c> and <c>seq</c>.</summary>
    public bool HasSequence { get; set; }

    /// <summary>The samples in the order in which the car wrote them.</summary>
    public ReadOnlySpan<TelemetrySample> Samples => _samples.AsSpan(0, SampleCount);

    /// <summary>Number of samples.</summary>
    public int SampleCount { get; private set; }

    /// <summary>The bytes that <see cref="TelemetrySample.OtherStart"/> points into.</summary>
    public ReadOnlySpan<byte> OtherSignals => _other.AsSpan(0, _otherLength);

    /// <summary>The samples of a batch that were not accepted; they are not among <see cref="Samples"/>. A message's only sample fails with the message.</summary>
    public IReadOnlyList<SampleFailure> Failures => _failures;

    /// <summary>For text that has to be unescaped before it is compared.</summary>
    internal byte[] Scratch { get; } = new byte[6 * TelemetryLimits.MaxPathLength];

    /// <summary>Paths of the sample under way, so that none comes twice.</summary>
    internal PathSet Paths { get; } = new();

    /// <summary>How many bytes of <see cref="OtherSignals"/> are in use.</summary>
    internal int OtherLength => _otherLength;

    /// <summary>The sample added last.</summary>
    internal ref TelemetrySample LastSample => ref _samples[SampleCount - 1];

    /// <summary>Forgets the message before.</summary>
    public void Clear()
    {
        HasSequence = false;
        Boot = 0;
        Seq = 0;
        SampleCount = 0;
        _otherLength = 0;
        _failures.Clear();
    }

    /// <summary>Adds a sample in which nothing is reported yet; the reference is good until the next one.</summary>
    public ref TelemetrySample AddSample()
    {
        if (SampleCount == _samples.Length)
        {
            Array.Resize(ref _samples, _samples.Length * 2);
        }

        ref var sample = ref _samples[SampleCount++];
        sample.DeviceTime = 0;
        sample.Values = SignalValues.None;
        sample.OtherStart = 0;
        sample.OtherLength = 0;
        return ref sample;
    }

    /// <summary>Keeps the JSON object of a sample's other signals.</summary>
    public void SetOther(ref TelemetrySample sample, ReadOnlySpan<byte> json)
    {
        if (_other.Length - _otherLength < json.Length)
        {
            Array.Resize(ref _other, Math.Max(_other.Length * 2, _otherLength + json.Length));
        }

        json.CopyTo(_other.AsSpan(_otherLength));
        sample.OtherStart = _otherLength;
        sample.OtherLength = json.Length;
        _otherLength += json.Length;
    }

    /// <summary>Takes the last sample back, with what was kept for it from <paramref name="otherLength"/> on.</summary>
    internal void RemoveLastSample(int otherLength)
    {
        SampleCount--;
        _otherLength = otherLength;
    }

    /// <summary>Notes a sample that was not accepted.</summary>
    internal void AddFailure(in SampleFailure failure) => _failures.Add(failure);

    /// <summary>Keeps bytes behind those kept before.</summary>
    internal void AppendOther(ReadOnlySpan<byte> bytes)
    {
        if (_other.Length - _otherLength < bytes.Length)
        {
            Array.Resize(ref _other, Math.Max(_other.Length * 2, _otherLength + bytes.Length));
        }

        bytes.CopyTo(_other.AsSpan(_otherLength));
        _otherLength += bytes.Length;
    }

    /// <summary>An empty JSON writer, for encodings whose other signals are not JSON; <see cref="WrittenJson"/> is what it wrote.</summary>
    internal Utf8JsonWriter StartJson()
    {
        _json ??= new ArrayBufferWriter<byte>();
        _json.ResetWrittenCount();
        _jsonWriter ??= new Utf8JsonWriter(_json, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        _jsonWriter.Reset();
        return _jsonWriter;
    }

    /// <summary>The writer that <see cref="StartJson"/> answered.</summary>
    internal Utf8JsonWriter StartedJson => _jsonWriter ?? throw new InvalidOperationException("nothing was started");

    /// <summary>What was written and flushed since <see cref="StartJson"/>.</summary>
    internal ReadOnlySpan<byte> WrittenJson => _json is null ? default : _json.WrittenSpan;
}
