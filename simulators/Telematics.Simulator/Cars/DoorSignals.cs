using Telematics.Contracts.Telemetry;

namespace Telematics.Simulator.Cars;

/// <summary>The door lock: a signal without a column, reported in the first sample after each change.</summary>
internal static class DoorSignals
{
    /// <summary>The JSON of both states, one behind the other: what samples point into.</summary>
    public static ReadOnlySpan<byte> Json =>
        """{"Vehicle.Cabin.Door.Row1.DriverSide.IsLocked":true }{"Vehicle.Cabin.Door.Row1.DriverSide.IsLocked":false}"""u8;

    public static void Report(bool isLocked, ref TelemetrySample sample)
    {
        var half = Json.Length / 2;
        sample.OtherStart = isLocked ? 0 : half;
        sample.OtherLength = half;
    }
}
