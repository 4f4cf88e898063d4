namespace Telematics.Contracts.Telemetry;

/// <summary>One telemetry message, decoded. Reused from message to message.</summary>
public sealed class DecodedTelemetry
{
    private TelemetrySample[] _samples = new TelemetrySample[16];
    private byte[] _other = new byte[256];
    private int _otherLength;

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

    /// <summary>Forgets the message before.</summary>
    public void Clear()
    {
        HasSequence = false;
        Boot = 0;
        Seq = 0;
        SampleCount = 0;
        _otherLength = 0;
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
}
