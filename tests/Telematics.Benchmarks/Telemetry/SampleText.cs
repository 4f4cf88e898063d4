namespace Telematics.Benchmarks.Telemetry;

/// <summary>Messages with samples of twenty signals, as docs/telemetry.md shows one.</summary>
internal static class SampleText
{
    private const string Signals =
        """
        "Vehicle.CurrentLocation.Latitude":31.2304162,"Vehicle.CurrentLocation.Longitude":121.4737012,"Vehicle.TraveledDistance":48211734,"Vehicle.Speed":63.5,"Vehicle.CurrentLocation.Heading":274.5,"Vehicle.CurrentLocation.Altitude":12.3,"Vehicle.CurrentLocation.HorizontalAccuracy":2.4,"Vehicle.Powertrain.TractionBattery.StateOfCharge.Current":71.25,"Vehicle.Powertrain.TractionBattery.CurrentVoltage":387.4,"Vehicle.Powertrain.TractionBattery.CurrentCurrent":-41.2,"Vehicle.Powertrain.TractionBattery.Temperature.Average":28.5,"Vehicle.LowVoltageBattery.CurrentVoltage":13.72,"Vehicle.Acceleration.Longitudinal":0.42,"Vehicle.Acceleration.Lateral":-0.08,"Vehicle.Powertrain.Range":286000,"Vehicle.Diagnostics.DTCCount":0,"Vehicle.LowVoltageSystemState":"ON","Vehicle.CurrentLocation.GNSSReceiver.FixType":"THREE_D","Vehicle.IsMoving":true,"Vehicle.Powertrain.TractionBattery.Charging.IsCharging":false
        """;

    /// <summary>A message with so many samples, ten seconds apart.</summary>
    public static string Message(int samples)
    {
        var start = new DateTime(2026, 11, 24, 15, 4, 5, 250, DateTimeKind.Utc);
        var parts = Enumerable.Range(0, samples).Select(i => $"\"time\":\"{start.AddSeconds(10 * i):yyyy-MM-dd'T'HH:mm:ss.fff'Z'}\",{Signals}").ToArray();
        return samples == 1
            ? $"{{\"boot\":1764000000,\"seq\":42,{parts[0]}}}"
            : $"{{\"boot\":1764000000,\"seq\":42,\"samples\":[{string.Join(',', parts.Select(part => $"{{{part}}}"))}]}}";
    }
}
