using System.Buffers;
using System.Text;
using Telematics.Contracts.Telemetry;
using Xunit;

namespace Telematics.Tests.Contracts;

/// <summary>The sample of twenty signals that docs/telemetry.md shows.</summary>
internal static class Telemetry20
{
    public const string Json =
        """
        {"time":"2026-11-24T15:04:05.250Z","boot":1764000000,"seq":42,"Vehicle.CurrentLocation.Latitude":31.2304162,"Vehicle.CurrentLocation.Longitude":121.4737012,"Vehicle.TraveledDistance":48211734,"Vehicle.Speed":63.5,"Vehicle.CurrentLocation.Heading":274.5,"Vehicle.CurrentLocation.Altitude":12.3,"Vehicle.CurrentLocation.HorizontalAccuracy":2.4,"Vehicle.Powertrain.TractionBattery.StateOfCharge.Current":71.25,"Vehicle.Powertrain.TractionBattery.CurrentVoltage":387.4,"Vehicle.Powertrain.TractionBattery.CurrentCurrent":-41.2,"Vehicle.Powertrain.TractionBattery.Temperature.Average":28.5,"Vehicle.LowVoltageBattery.CurrentVoltage":13.72,"Vehicle.Acceleration.Longitudinal":0.42,"Vehicle.Acceleration.Lateral":-0.08,"Vehicle.Powertrain.Range":286000,"Vehicle.Diagnostics.DTCCount":0,"Vehicle.LowVoltageSystemState":"ON","Vehicle.CurrentLocation.GNSSReceiver.FixType":"THREE_D","Vehicle.IsMoving":true,"Vehicle.Powertrain.TractionBattery.Charging.IsCharging":false}
        """;

    public static byte[] JsonBytes { get; } = Encoding.UTF8.GetBytes(Json);

    public static byte[] ProtobufBytes { get; } = ToProtobuf(JsonBytes);

    public static byte[] ToProtobuf(ReadOnlySpan<byte> json)
    {
        var telemetry = Decode(json);
        var output = new ArrayBufferWriter<byte>();
        TelemetryProtobuf.Write(output, telemetry.HasSequence ? new MessageSequence(telemetry.Boot, telemetry.Seq) : null, telemetry.Samples, telemetry.OtherSignals);
        return output.WrittenSpan.ToArray();
    }

    public static byte[] ToJson(ReadOnlySpan<byte> body)
    {
        var telemetry = Decode(body);
        var output = new ArrayBufferWriter<byte>();
        TelemetryJson.Write(output, telemetry.HasSequence ? new MessageSequence(telemetry.Boot, telemetry.Seq) : null, telemetry.Samples, telemetry.OtherSignals);
        return output.WrittenSpan.ToArray();
    }

    public static DecodedTelemetry Decode(ReadOnlySpan<byte> body)
    {
        var telemetry = new DecodedTelemetry();
        Assert.Equal(DecodeResult.Decoded, TelemetryCodec.Decode(body, default, telemetry));
        return telemetry;
    }
}
