using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using Telematics.Contracts.Telemetry;

namespace Telematics.Benchmarks.Telemetry;

/// <summary>Decoding and encoding: <c>bdn --inProcess --filter *TelemetryCodec*</c>. Times are for one sample of twenty signals.</summary>
[MemoryDiagnoser]
public class TelemetryCodecBenchmarks
{
    private const int BatchSize = 100;

    private readonly DecodedTelemetry _target = new();
    private readonly DecodedTelemetry _source = new();
    private readonly ArrayBufferWriter<byte> _output = new(64 * 1024);
    private byte[] _json = [];
    private byte[] _protobuf = [];
    private byte[] _jsonBatch = [];
    private byte[] _protobufBatch = [];

    /// <summary>Makes the bodies.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _json = Encoding.UTF8.GetBytes(SampleText.Message(1));
        _jsonBatch = Encoding.UTF8.GetBytes(SampleText.Message(BatchSize));
        _protobuf = ToProtobuf(_json);
        _protobufBatch = ToProtobuf(_jsonBatch);
        TelemetryCodec.Decode(_json, default, _source);
    }

    /// <summary>One sample a message.</summary>
    [Benchmark]
    public DecodeResult DecodeJson() => TelemetryCodec.Decode(_json, default, _target);

    /// <summary>A hundred samples a message.</summary>
    [Benchmark(OperationsPerInvoke = BatchSize)]
    public DecodeResult DecodeJsonBatch() => TelemetryCodec.Decode(_jsonBatch, default, _target);

    /// <summary>One sample a message.</summary>
    [Benchmark]
    public DecodeResult DecodeProtobuf() => TelemetryCodec.Decode(_protobuf, default, _target);

    /// <summary>A hundred samples a message.</summary>
    [Benchmark(OperationsPerInvoke = BatchSize)]
    public DecodeResult DecodeProtobufBatch() => TelemetryCodec.Decode(_protobufBatch, default, _target);

    /// <summary>One sample a message.</summary>
    [Benchmark]
    public int EncodeJson()
    {
        _output.ResetWrittenCount();
        TelemetryJson.Write(_output, new MessageSequence(1, 2), _source.Samples, _source.OtherSignals);
        return _output.WrittenCount;
    }

    /// <summary>One sample a message.</summary>
    [Benchmark]
    public int EncodeProtobuf()
    {
        _output.ResetWrittenCount();
        TelemetryProtobuf.Write(_output, new MessageSequence(1, 2), _source.Samples, _source.OtherSignals);
        return _output.WrittenCount;
    }

    private byte[] ToProtobuf(byte[] json)
    {
        TelemetryCodec.Decode(json, default, _target);
        var output = new ArrayBufferWriter<byte>();
        TelemetryProtobuf.Write(output, new MessageSequence(_target.Boot, _target.Seq), _target.Samples, _target.OtherSignals);
        return output.WrittenSpan.ToArray();
    }
}
