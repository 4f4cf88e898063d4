using Telematics.Contracts.Telemetry;

namespace Telematics.Simulator.Driving;

/// <summary>Places of the signals that only a car writes.</summary>
internal static class SignalIndex
{
    public static readonly int Altitude = Of("Vehicle.CurrentLocation.Altitude");
    public static readonly int HorizontalAccuracy = Of("Vehicle.CurrentLocation.HorizontalAccuracy");
    public static readonly int PackVoltage = Of("Vehicle.Powertrain.TractionBattery.CurrentVoltage");
    public static readonly int PackCurrent = Of("Vehicle.Powertrain.TractionBattery.CurrentCurrent");
    public static readonly int PackTemperature = Of("Vehicle.Powertrain.TractionBattery.Temperature.Average");
    public static readonly int EngineSpeed = Of("Vehicle.Powertrain.CombustionEngine.Speed");
    public static readonly int CoolantTemperature = Of("Vehicle.Powertrain.CombustionEngine.EngineCoolant.Temperature");
    public static readonly int LowVoltage = Of("Vehicle.LowVoltageBattery.CurrentVoltage");
    public static readonly int AccelerationLongitudinal = Of("Vehicle.Acceleration.Longitudinal");
    public static readonly int AccelerationLateral = Of("Vehicle.Acceleration.Lateral");
    public static readonly int Range = Of("Vehicle.Powertrain.Range");
    public static readonly int DtcCount = Of("Vehicle.Diagnostics.DTCCount");
    public static readonly int LowVoltageSystemState = Of("Vehicle.LowVoltageSystemState");
    public static readonly int FixType = Of("Vehicle.CurrentLocation.GNSSReceiver.FixType");
    public static readonly int IsMoving = Of("Vehicle.IsMoving");
    public static readonly int IsBrokenDown = Of("Vehicle.IsBrokenDown");
    public static readonly int IsCharging = Of("Vehicle.Powertrain.TractionBattery.Charging.IsCharging");

    private static int Of(string path) => SignalCatalogue.ByPath[path].Index;
}
