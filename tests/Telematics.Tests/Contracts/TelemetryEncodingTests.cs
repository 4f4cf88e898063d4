using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Telematics.Contracts.Telemetry;
using Telematics.Protobuf.TelemetryV1;
using Telematics.Tests.Architecture;
using Xunit;
using ProtobufMessage = Telematics.Protobuf.TelemetryV1.Telemetry;

namespace Telematics.Tests.Contracts;

public sealed class TelemetryEncodingTests
{
    [Fact]
    public void Json_decoded_and_written_again_is_the_same_text() =>
        Assert.Equal(Telemetry20.Json, Encoding.UTF8.GetString(Telemetry20.ToJson(Telemetry20.JsonBytes)));

    [Fact]
    public void Protobuf_decoded_and_written_as_json_is_the_same_text() =>
        Assert.Equal(Telemetry20.Json, Encoding.UTF8.GetString(Telemetry20.ToJson(Telemetry20.ProtobufBytes)));

    [Fact]
    public void Generated_code_reads_what_we_write()
    {
        var message = ProtobufMessage.Parser.ParseFrom(Telemetry20.ProtobufBytes);

        Assert.Equal(1_764_000_000UL, message.Boot);
        Assert.Equal(42UL, message.Seq);
        var sample = Assert.Single(message.Samples);
        Assert.Equal(312_304_162, sample.Latitude);
        Assert.Equal(1_214_737_012, sample.Longitude);
        Assert.Equal(-412, sample.PackCurrent);
        Assert.Equal(LowVoltageSystemState.On, sample.LowVoltageSystemState);
        Assert.Equal(FixType.ThreeD, sample.FixType);
        Assert.True(sample.IsMoving);
        Assert.True(sample.HasIsCharging);
        Assert.False(sample.IsCharging);
        Assert.False(sample.HasFuelLevel);
        Assert.Equal(Telemetry20.ProtobufBytes.Length, message.CalculateSize());
    }

    [Fact]
    public void We_read_what_generated_code_writes()
    {
        var message = new ProtobufMessage { Boot = 0, Seq = 0, BaseTimeMs = 1_764_000_000_000 };
        var first = new Sample { Speed = -1_250, TimeMicros = 7 };
        first.Other["Vehicle.Cabin.DoorCount"] = new Value { Integer = 4 };
        first.Other["Vehicle.Cabin.Lights.AmbientLight"] = new Value { Text = "warm \"white\"" };
        message.Samples.Add(first);
        message.Samples.Add(new Sample { TimeOffsetMs = -10_000, FuelLevel = 5_025 });

        var telemetry = Telemetry20.Decode(message.ToByteArray());

        Assert.True(telemetry.HasSequence);
        Assert.Equal((0L, 0L), (telemetry.Boot, telemetry.Seq));
        Assert.Equal(2, telemetry.SampleCount);
        Assert.Equal(1_764_000_000_000_007, telemetry.Samples[0].DeviceTime);
        Assert.Equal(-12.5, telemetry.Samples[0].Values[SignalCatalogue.Speed]);
        Assert.Equal(
            """{"Vehicle.Cabin.DoorCount":4,"Vehicle.Cabin.Lights.AmbientLight":"warm \"white\""}""",
            Encoding.UTF8.GetString(telemetry.OtherSignals.Slice(telemetry.Samples[0].OtherStart, telemetry.Samples[0].OtherLength)));
        Assert.Equal(1_763_999_990_000_000, telemetry.Samples[1].DeviceTime);
        Assert.Equal(50.25, telemetry.Samples[1].Values[SignalCatalogue.FuelLevel]);
        Assert.True(double.IsNaN(telemetry.Samples[1].Values[SignalCatalogue.Speed]));
    }

    [Fact]
    public void Every_signal_has_the_field_scale_and_labels_that_the_proto_says()
    {
        var fields = Sample.Descriptor.Fields.InFieldNumberOrder();
        var comments = File.ReadAllLines(Path.Combine(Repository.Root, "Telematics.Contracts/Telemetry/telemetry.v1.proto"));
        foreach (var signal in SignalCatalogue.Signals)
        {
            var field = fields.Single(f => f.FieldNumber == ProtobufFields.Of(signal.Index));
            Assert.Equal(signal.Column, field.Name);
            var expected = signal.Type switch
            {
                SignalType.Boolean => FieldType.Bool,
                SignalType.Label => FieldType.Enum,
                _ => signal.Min < 0 ? FieldType.SInt32 : FieldType.UInt32,
            };
            Assert.Equal(expected, field.FieldType);
            if (signal.Type == SignalType.Label)
            {
                Assert.Equal(signal.Labels, field.EnumType.Values.Select(value => value.Name[(EnumPrefix(field.EnumType).Length + 1)..]));
                Assert.Equal(Enumerable.Range(0, signal.Labels.Count), field.EnumType.Values.Select(value => value.Number));
                continue;
            }

            Assert.InRange(signal.Min * signal.Scale, int.MinValue, 0);
            Assert.InRange(signal.Max * signal.Scale, 0, signal.Min < 0 ? int.MaxValue : uint.MaxValue);
            var comment = comments.Single(line => line.Contains($" {signal.Column} = ", StringComparison.Ordinal)).Split("// ")[1];
            var unit = signal.Unit.Length == 0 ? "" : ", " + signal.Unit;
            var scale = signal.Scale == 1 ? "" : FormattableString.Invariant($" x {signal.Scale:N0}");
            Assert.Equal(signal.Path + unit + scale, comment);
        }
    }

    [Fact]
    public void No_protobuf_message_begins_like_json()
    {
        byte[] jsonStarts = [(byte)'{', (byte)' ', (byte)'\t', (byte)'\r', (byte)'\n', 0xEF];
        foreach (var field in ProtobufMessage.Descriptor.Fields.InFieldNumberOrder())
        {
            var tag = (field.FieldNumber << 3) | (field.FieldType == FieldType.Message ? 2 : 0);
            Assert.DoesNotContain((byte)(tag < 0x80 ? tag : tag | 0x80), jsonStarts);
        }
    }

    private static string EnumPrefix(EnumDescriptor type) =>
        string.Concat(type.Name.Select((c, i) => i > 0 && char.IsUpper(c) ? "_" + c : char.ToUpperInvariant(c).ToString()));
}
