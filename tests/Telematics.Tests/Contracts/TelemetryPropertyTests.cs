using System.Buffers;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Telematics.Contracts.Telemetry;
using Xunit;

namespace Telematics.Tests.Contracts;

public sealed class TelemetryPropertyTests
{
    [Property(MaxTest = 300)]
    public Property Json_and_protobuf_carry_the_same()
    {
        return Prop.ForAll(MessageGenerator().ToArbitrary(), message =>
        {
            var json = Encode(message, TelemetryJson.Write);
            var protobuf = Encode(message, TelemetryProtobuf.Write);
            var fromJson = Telemetry20.Decode(json);
            var fromProtobuf = Telemetry20.Decode(protobuf);
            AssertSame(message, fromJson);
            AssertSame(message, fromProtobuf);
            Assert.NotEqual((byte)'{', protobuf.Length > 0 ? protobuf[0] : (byte)0);
        });
    }

    [Property(MaxTest = 2_000)]
    public void Random_bytes_never_throw(byte[] body)
    {
        var telemetry = new DecodedTelemetry();
        TelemetryCodec.Decode(body, default, telemetry);
        TelemetryCodec.Decode(body, "application/x-protobuf"u8, telemetry);
        TelemetryCodec.Decode(body, "application/json"u8, telemetry);
    }

    [Property(MaxTest = 2_000)]
    public void Damaged_messages_never_throw_and_fail_with_words(int seed)
    {
        var random = new Random(seed);
        var telemetry = new DecodedTelemetry();
        foreach (var original in new[] { Telemetry20.JsonBytes, Telemetry20.ProtobufBytes, Batch.Json, Batch.Protobuf })
        {
            var body = original.ToArray();
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                body[random.Next(body.Length)] = (byte)random.Next(256);
            }

            var result = TelemetryCodec.Decode(body.AsSpan(0, random.Next(body.Length) + 1), default, telemetry);
            Assert.Equal(result.Reason == RejectReason.None, result.Detail.Length == 0);
            Assert.True(result.Reason == RejectReason.None || telemetry.SampleCount == 0);
            foreach (var failure in telemetry.Failures)
            {
                Assert.NotEqual(RejectReason.None, failure.Reason);
                Assert.InRange(failure.BodyStart + failure.BodyLength, 0, body.Length);
            }

            foreach (var sample in telemetry.Samples)
            {
                if (sample.OtherLength > 0)
                {
                    using var document = JsonDocument.Parse(telemetry.OtherSignals.Slice(sample.OtherStart, sample.OtherLength).ToArray());
                }
            }
        }
    }

    private static (byte[] Json, byte[] Protobuf) Batch { get; } = CreateBatch();

    private static (byte[] Json, byte[] Protobuf) CreateBatch()
    {
        var json = Encoding.UTF8.GetBytes(
            """{"boot":1,"seq":2,"samples":[{"time":"2026-11-24T15:04:05Z","Vehicle.Speed":1,"Vehicle.A.Text":"a\"\\ü","Vehicle.A.List":[1,{"b":null}]},{"time":"2026-11-24T15:04:15.000001Z","Vehicle.A.Number":1.5,"Vehicle.A.Flag":true,"Vehicle.A.Integer":-7}]}""");
        return (json, Telemetry20.ToProtobuf(json));
    }

    private static Gen<Message> MessageGenerator()
    {
        var values = SignalCatalogue.Signals.Select(signal => Gen.Choose(0, 3).SelectMany(kind => kind == 0
            ? Gen.Constant(double.NaN)
            : Gen.Choose((int)Math.Max(signal.Min * signal.Scale, int.MinValue), (int)Math.Min(signal.Max * signal.Scale, int.MaxValue)).Select(steps => (double)steps / signal.Scale))).ToArray();
        var others = Gen.Elements(
            "",
            """{"Vehicle.Cabin.DoorCount":4}""",
            """{"Vehicle.Cabin.Name":"a \"quoted\" ünicode 车 text"}""",
            """{"Vehicle.A.Double":0.1,"Vehicle.A.Integer":-9223372036854775808,"Vehicle.A.Flag":false}""",
            """{"Vehicle.A.List":[1,"two",{"three":null}],"Vehicle.A.Object":{"a":{"b":[]}}}""");
        var time = Gen.Choose(0, int.MaxValue).SelectMany(seconds => Gen.Elements(0, 1, 1_000, 999_999, 250_000).Select(micros => (seconds * 1_000_000L) + micros));
        var sample = Gen.CollectToArray(values).SelectMany(signals => others.SelectMany(other => time.Select(at => new Sample(at, signals, other))));
        var sequence = Gen.Elements<MessageSequence?>(null, new MessageSequence(0, 0), new MessageSequence(1_764_000_000, 42), new MessageSequence(long.MaxValue, long.MaxValue));
        return Gen.ArrayOf(sample).SelectMany(samples => sequence.Select(number => new Message(number, samples)))
            .Where(message => message.Samples.Length > 0 || message.Sequence is not null);
    }

    private static byte[] Encode(Message message, EncodeMessage encode)
    {
        var telemetry = new DecodedTelemetry();
        foreach (var (time, signals, other) in message.Samples)
        {
            ref var sample = ref telemetry.AddSample();
            sample.DeviceTime = time;
            signals.CopyTo((Span<double>)sample.Values);
            if (other.Length > 0)
            {
                telemetry.SetOther(ref sample, Encoding.UTF8.GetBytes(other));
            }
        }

        var output = new ArrayBufferWriter<byte>();
        encode(output, message.Sequence, telemetry.Samples, telemetry.OtherSignals);
        return output.WrittenSpan.ToArray();
    }

    private static void AssertSame(Message expected, DecodedTelemetry telemetry)
    {
        Assert.Equal(expected.Sequence, telemetry.HasSequence ? new MessageSequence(telemetry.Boot, telemetry.Seq) : null);
        Assert.Empty(telemetry.Failures);
        Assert.Equal(expected.Samples.Length, telemetry.SampleCount);
        for (var i = 0; i < expected.Samples.Length; i++)
        {
            var sample = telemetry.Samples[i];
            Assert.Equal(expected.Samples[i].Time, sample.DeviceTime);
            Assert.Equal(expected.Samples[i].Signals, ((ReadOnlySpan<double>)sample.Values).ToArray());
            var other = sample.OtherLength == 0 ? "" : Encoding.UTF8.GetString(telemetry.OtherSignals.Slice(sample.OtherStart, sample.OtherLength));
            Assert.Equal(expected.Samples[i].Other, other);
        }
    }

    private delegate void EncodeMessage(IBufferWriter<byte> output, MessageSequence? sequence, ReadOnlySpan<TelemetrySample> samples, ReadOnlySpan<byte> otherSignals);

    private sealed record Message(MessageSequence? Sequence, Sample[] Samples);

    private sealed record Sample(long Time, double[] Signals, string Other);
}
