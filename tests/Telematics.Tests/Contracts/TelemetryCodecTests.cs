using System.Text;
using Telematics.Contracts.Telemetry;
using Xunit;

namespace Telematics.Tests.Contracts;

public sealed class TelemetryCodecTests
{
    private readonly DecodedTelemetry _telemetry = new();

    [Theory]
    [InlineData("application/json", true)]
    [InlineData("Application/JSON; charset=utf-8", true)]
    [InlineData("application/vnd.acme+json", true)]
    [InlineData("application/x-protobuf", false)]
    [InlineData("application/protobuf ; v=1", false)]
    [InlineData("", true)]
    [InlineData("text/plain", true)]
    public void Content_type_decides_else_the_first_byte(string contentType, bool decodes)
    {
        var result = TelemetryCodec.Decode(Telemetry20.JsonBytes, Encoding.UTF8.GetBytes(contentType), _telemetry);

        Assert.Equal(decodes ? RejectReason.None : RejectReason.Undecodable, result.Reason);
    }

    [Theory]
    [InlineData(" \r\n\t")]
    [InlineData("\uFEFF")]
    public void White_space_or_a_byte_order_mark_may_come_first(string before) =>
        Assert.Equal(DecodeResult.Decoded, Decode(before + """{"time":"2026-11-24T15:04:05Z","Vehicle.Speed":1}"""));

    [Theory]
    [InlineData("2026-11-24T15:04:05Z", 1_795_532_645_000_000)]
    [InlineData("2026-11-24t15:04:05.1z", 1_795_532_645_100_000)]
    [InlineData("2026-11-24T23:04:05.123456+08:00", 1_795_532_645_123_456)]
    [InlineData("2026-11-24T10:34:05.1234569-04:30", 1_795_532_645_123_456)]
    [InlineData("2026-12-31T23:59:60Z", 1_798_761_600_000_000)]
    [InlineData("1969-12-31T23:59:59.999999Z", -1)]
    public void Time_is_rfc_3339(string text, long microseconds)
    {
        Assert.Equal(DecodeResult.Decoded, Decode($$"""{"time":"{{text}}"}"""));
        Assert.Equal(microseconds, _telemetry.Samples[0].DeviceTime);
    }

    [Theory]
    [InlineData("\"2026-11-24\"")]
    [InlineData("\"2026-11-24T15:04:05\"")]
    [InlineData("\"2026-11-24 15:04:05Z\"")]
    [InlineData("\"2026-02-30T15:04:05Z\"")]
    [InlineData("\"2026-11-24T24:00:00Z\"")]
    [InlineData("\"2026-11-24T15:04:05.Z\"")]
    [InlineData("\"2026-11-24T15:04:05+0800\"")]
    [InlineData("\"0001-01-01T00:00:00+08:00\"")]
    [InlineData("\"\\ud800\"")]
    [InlineData("1764000000")]
    [InlineData("{}")]
    public void Another_form_of_time_is_refused(string value)
    {
        var result = Decode($$"""{"time":{{value}},"Vehicle.Speed":1}""");

        Assert.Equal(RejectReason.ValueOutOfRange, result.Reason);
        Assert.StartsWith("time: ", result.Detail, StringComparison.Ordinal);
        Assert.Equal(0, _telemetry.SampleCount);
    }

    [Theory]
    [InlineData("Vehicle.Speed", "\"63.5\"", "Vehicle.Speed: \"63.5\" is not a number from -250 to 500 km/h")]
    [InlineData("Vehicle.Speed", "501", "Vehicle.Speed: 501 is not a number from -250 to 500 km/h")]
    [InlineData("Vehicle.Speed", "1e999", "Vehicle.Speed: Infinity is not a number from -250 to 500 km/h")]
    [InlineData("Vehicle.Speed", "[1]", "Vehicle.Speed: a list is not a number from -250 to 500 km/h")]
    [InlineData("Vehicle.Speed", "true", "Vehicle.Speed: true is not a number from -250 to 500 km/h")]
    [InlineData("Vehicle.CurrentLocation.Latitude", "90.0000001", "Vehicle.CurrentLocation.Latitude: 90.0000001 is not a number from -90 to 90 degrees")]
    [InlineData("Vehicle.TraveledDistance", "12.5", "Vehicle.TraveledDistance: 12.5 is not a whole number")]
    [InlineData("Vehicle.IsMoving", "1", "Vehicle.IsMoving: 1 is neither true nor false")]
    [InlineData("Vehicle.LowVoltageSystemState", "\"on\"", "Vehicle.LowVoltageSystemState: \"on\" is none of UNDEFINED, LOCK, OFF, ACC, ON, START, RESERVED")]
    [InlineData("Vehicle.LowVoltageSystemState", "4", "Vehicle.LowVoltageSystemState: 4 is none of UNDEFINED, LOCK, OFF, ACC, ON, START, RESERVED")]
    [InlineData("Vehicle.Cabin.DoorCount", "1e999", "Vehicle.Cabin.DoorCount: 1e999 is too great a number")]
    [InlineData("Vehicle.Cabin.DoorCount", "1e-9999", "Vehicle.Cabin.DoorCount: 1e-9999 is too small a number")]
    [InlineData("Vehicle.Cabin.Name", "\"a\\u0000b\"", "Vehicle.Cabin.Name: a text with U+0000")]
    [InlineData("Vehicle.Cabin.Name", "{\"a\":[\"\\ud800\"]}", "Vehicle.Cabin.Name: a text with half a surrogate pair")]
    public void A_value_outside_its_signal_names_field_value_and_limit(string path, string value, string detail)
    {
        var result = Decode($$"""{"time":"2026-11-24T15:04:05Z","{{path}}":{{value}},"boot":1,"seq":2}""");

        Assert.Equal(new DecodeResult(RejectReason.ValueOutOfRange, detail), result);
        Assert.Equal(0, _telemetry.SampleCount);
        Assert.True(_telemetry.HasSequence, "the message is known even if its only sample is not good");
    }

    [Fact]
    public void Null_means_not_reported()
    {
        Assert.Equal(DecodeResult.Decoded, Decode("""{"time":"2026-11-24T15:04:05Z","Vehicle.Speed":null,"Vehicle.Cabin.DoorCount":null,"boot":null,"seq":null}"""));

        Assert.True(double.IsNaN(_telemetry.Samples[0].Values[SignalCatalogue.Speed]));
        Assert.Equal(0, _telemetry.Samples[0].OtherLength);
        Assert.False(_telemetry.HasSequence);
    }

    [Theory]
    [InlineData("""{"boot":1}""", RejectReason.Undecodable, "boot without seq")]
    [InlineData("""{"seq":1}""", RejectReason.Undecodable, "seq without boot")]
    [InlineData("""{"boot":1.5,"seq":1}""", RejectReason.ValueOutOfRange, "boot: 1.5 is not an integer from 0 to 9223372036854775807")]
    [InlineData("""{"boot":1,"seq":-1}""", RejectReason.ValueOutOfRange, "seq: -1")]
    [InlineData("""{"boot":1,"seq":9223372036854775808}""", RejectReason.ValueOutOfRange, "seq: 9223372036854775808")]
    [InlineData("""{"boot":"1","seq":1}""", RejectReason.ValueOutOfRange, "boot: \"1\"")]
    [InlineData("""{"boot":1,"boot":1,"seq":1}""", RejectReason.Undecodable, "boot comes twice")]
    [InlineData("""{"time":"2026-11-24T15:04:05Z","samples":[]}""", RejectReason.Undecodable, "samples: a message has either samples")]
    [InlineData("""{"samples":[],"Vehicle.Speed":1}""", RejectReason.Undecodable, "Vehicle.Speed: a message has either samples")]
    [InlineData("""{"samples":{}}""", RejectReason.Undecodable, "samples is not a list")]
    [InlineData("""{"time":"2026-11-24T15:04:05Z","Vehicle.Speed":1,"Vehicle.Speed":1}""", RejectReason.Undecodable, "Vehicle.Speed comes twice")]
    [InlineData("""{"time":"2026-11-24T15:04:05Z","Vehicle.A.B":1,"Vehicle.\u0041.B":1}""", RejectReason.Undecodable, "Vehicle.A.B comes twice")]
    [InlineData("""{"time":"2026-11-24T15:04:05Z","time":"2026-11-24T15:04:05Z"}""", RejectReason.Undecodable, "time comes twice")]
    [InlineData("""{"time":"2026-11-24T15:04:05Z","speed":1}""", RejectReason.Undecodable, "unknown key speed: signals are VSS paths")]
    [InlineData("""{"time":"2026-11-24T15:04:05Z","vehicle.Speed":1}""", RejectReason.Undecodable, "unknown key vehicle.Speed")]
    [InlineData("""{"time":"2026-11-24T15:04:05Z","Vehicle.":1}""", RejectReason.Undecodable, "unknown key Vehicle.:")]
    [InlineData("""{"time":"2026-11-24T15:04:05Z","Vehicle.Speed":NaN}""", RejectReason.Undecodable, "not JSON: ")]
    [InlineData("""{"time":"2026-11-24T15:04:05Z"} {}""", RejectReason.Undecodable, "not JSON: ")]
    [InlineData("""{"time":"2026-11-24T15:04:05Z",""", RejectReason.Undecodable, "not JSON: ")]
    [InlineData("""{}""", RejectReason.TimeMissing, "a sample without time")]
    [InlineData("""{"time":null,"Vehicle.Speed":1}""", RejectReason.TimeMissing, "a sample without time")]
    [InlineData("hello", RejectReason.Undecodable, "neither JSON nor Protobuf")]
    public void A_message_of_another_form_says_why(string body, RejectReason reason, string detail)
    {
        var result = Decode(body);

        Assert.Equal(reason, result.Reason);
        Assert.StartsWith(detail, result.Detail, StringComparison.Ordinal);
        Assert.Equal(0, _telemetry.SampleCount);
    }

    [Fact]
    public void A_json_list_is_no_message()
    {
        Assert.Equal("a telemetry message is a JSON object", TelemetryCodec.Decode("[]"u8, "application/json"u8, _telemetry).Detail);
    }

    [Fact]
    public void One_bad_sample_does_not_throw_away_its_siblings()
    {
        const string bad = """{"Vehicle.Cabin.DoorCount":5,"Vehicle.Speed":"fast","time":"2026-11-24T15:04:06Z","Vehicle.A.B":[{"a":1}]}""";
        const string body = $$"""
            {"samples":[
            {"time":"2026-11-24T15:04:05Z","Vehicle.Speed":1,"Vehicle.Cabin.DoorCount":4},
            {{bad}},
            17,
            {"time":"2026-11-24T15:04:07Z","Vehicle.Speed":3,"Vehicle.A.B":[1, {"c":"ü"}]}],
            "boot":7,"seq":8}
            """;

        Assert.Equal(DecodeResult.Decoded, Decode(body));

        Assert.Equal((7L, 8L), (_telemetry.Boot, _telemetry.Seq));
        Assert.Equal(2, _telemetry.SampleCount);
        Assert.Equal(1, _telemetry.Samples[0].Values[SignalCatalogue.Speed]);
        Assert.Equal(3, _telemetry.Samples[1].Values[SignalCatalogue.Speed]);
        Assert.Equal("""{"Vehicle.Cabin.DoorCount":4}""", Other(0));
        Assert.Equal("""{"Vehicle.A.B":[1, {"c":"ü"}]}""", Other(1));
        Assert.Equal(2, _telemetry.Failures.Count);
        var failure = _telemetry.Failures[0];
        Assert.Equal((1, RejectReason.ValueOutOfRange), (failure.Index, failure.Reason));
        Assert.Equal(bad, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(body).AsSpan(failure.BodyStart, failure.BodyLength)));
        Assert.Equal((2, "a sample is a JSON object"), (_telemetry.Failures[1].Index, _telemetry.Failures[1].Detail));
    }

    [Fact]
    public void More_samples_or_signals_than_the_limit_are_too_many()
    {
        var sample = """{"time":"2026-11-24T15:04:05Z"}""";
        var atLimit = string.Join(',', Enumerable.Repeat(sample, TelemetryLimits.MaxSamples));
        Assert.Equal(DecodeResult.Decoded, Decode($$"""{"samples":[{{atLimit}}]}"""));
        Assert.Equal(TelemetryLimits.MaxSamples, _telemetry.SampleCount);
        Assert.Equal(RejectReason.TooMany, Decode($$"""{"samples":[{{atLimit}},{{sample}}]}""").Reason);

        var signals = string.Join(',', Enumerable.Range(1, TelemetryLimits.MaxSignals).Select(i => $"\"Vehicle.Private.S{i}\":{i}"));
        Assert.Equal(DecodeResult.Decoded, Decode($$"""{"time":"2026-11-24T15:04:05Z",{{signals}}}"""));
        Assert.Equal(RejectReason.TooMany, Decode($$"""{"time":"2026-11-24T15:04:05Z",{{signals}},"Vehicle.Speed":1}""").Reason);
    }

    [Fact]
    public void Nesting_deeper_than_the_limit_is_refused()
    {
        string Nested(int levels) => $$"""{"time":"2026-11-24T15:04:05Z","Vehicle.A.B":{{new string('[', levels)}}{{new string(']', levels)}}}""";

        Assert.Equal(DecodeResult.Decoded, Decode(Nested(TelemetryLimits.MaxDepth - 1)));
        Assert.Equal(RejectReason.Undecodable, Decode(Nested(TelemetryLimits.MaxDepth)).Reason);
    }

    [Fact]
    public void A_body_that_is_no_utf8_or_empty_is_refused()
    {
        Assert.Equal("the body is not UTF-8", TelemetryCodec.Decode("{\"\xff\":1}"u8.ToArray().Select(b => b == 0xC3 ? (byte)0xFF : b).ToArray(), default, _telemetry).Detail);
        Assert.Equal("the body is empty", TelemetryCodec.Decode(default, default, _telemetry).Detail);
    }

    [Fact]
    public void Decoding_allocates_nothing()
    {
        var json = Encoding.UTF8.GetBytes("""{"samples":[{"time":"2026-11-24T15:04:05Z","Vehicle.Speed":1,"Vehicle.Cabin.DoorCount":4},{"time":"2026-11-24T15:04:05Z","Vehicle.IsMoving":true}]}""");
        var protobuf = Telemetry20.ToProtobuf(json);
        for (var i = 0; i < 100; i++)
        {
            TelemetryCodec.Decode(json, default, _telemetry);
            TelemetryCodec.Decode(protobuf, default, _telemetry);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        TelemetryCodec.Decode(json, default, _telemetry);
        TelemetryCodec.Decode(protobuf, default, _telemetry);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(2, _telemetry.SampleCount);
    }

    private DecodeResult Decode(string body) => TelemetryCodec.Decode(Encoding.UTF8.GetBytes(body), default, _telemetry);

    private string Other(int index) =>
        Encoding.UTF8.GetString(_telemetry.OtherSignals.Slice(_telemetry.Samples[index].OtherStart, _telemetry.Samples[index].OtherLength));
}
