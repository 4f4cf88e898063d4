using System.Collections.Frozen;

namespace Telematics.Contracts.Telemetry;

/// <summary>
/// The signals with columns of their own (COVESA VSS 6 names and units). Every other signal that a car reports is kept
/// as JSON. The order is the order of the columns: wide types first.
/// </summary>
public static class SignalCatalogue
{
    /// <summary>Number of signals.</summary>
    public const int Count = 24;

    /// <summary>Index of <c>Vehicle.CurrentLocation.Latitude</c>.</summary>
    public const int Latitude = 0;

    /// <summary>Index of <c>Vehicle.CurrentLocation.Longitude</c>.</summary>
    public const int Longitude = 1;

    /// <summary>Index of <c>Vehicle.TraveledDistance</c>.</summary>
    public const int TraveledDistance = 2;

    /// <summary>Index of <c>Vehicle.Speed</c>.</summary>
    public const int Speed = 3;

    /// <summary>Index of <c>Vehicle.CurrentLocation.Heading</c>.</summary>
    public const int Heading = 4;

    /// <summary>Index of <c>Vehicle.Powertrain.TractionBattery.StateOfCharge.Current</c>.</summary>
    public const int StateOfCharge = 7;

    /// <summary>Index of <c>Vehicle.Powertrain.TractionBattery.CurrentVoltage</c>.</summary>
    public const int PackVoltage = 8;

    /// <summary>Index of <c>Vehicle.Powertrain.TractionBattery.CurrentCurrent</c>.</summary>
    public const int PackCurrent = 9;

    /// <summary>Index of <c>Vehicle.Powertrain.FuelSystem.RelativeLevel</c>.</summary>
    public const int FuelLevel = 11;

    /// <summary>The signals by <see cref="Signal.Index"/>.</summary>
    public static IReadOnlyList<Signal> Signals { get; } =
    [
        new(0, "Vehicle.CurrentLocation.Latitude", "latitude", SignalType.Double, "degrees", -90, 90) { Scale = 10_000_000 },
        new(1, "Vehicle.CurrentLocation.Longitude", "longitude", SignalType.Double, "degrees", -180, 180) { Scale = 10_000_000 },
        new(2, "Vehicle.TraveledDistance", "traveled_distance", SignalType.Bigint, "m", 0, uint.MaxValue),
        new(3, "Vehicle.Speed", "speed", SignalType.Real, "km/h", -250, 500) { Scale = 100 },
        new(4, "Vehicle.CurrentLocation.Heading", "heading", SignalType.Real, "degrees", 0, 360) { Scale = 10 },
        new(5, "Vehicle.CurrentLocation.Altitude", "altitude", SignalType.Real, "m", -500, 10_000) { Scale = 10 },
        new(6, "Vehicle.CurrentLocation.HorizontalAccuracy", "horizontal_accuracy", SignalType.Real, "m", 0, 100_000) { Scale = 10 },
        new(7, "Vehicle.Powertrain.TractionBattery.StateOfCharge.Current", "state_of_charge", SignalType.Real, "percent", 0, 100) { Scale = 100 },
        new(8, "Vehicle.Powertrain.TractionBattery.CurrentVoltage", "pack_voltage", SignalType.Real, "V", 0, 2_000) { Scale = 10 },
        new(9, "Vehicle.Powertrain.TractionBattery.CurrentCurrent", "pack_current", SignalType.Real, "A", -5_000, 5_000) { Scale = 10 },
        new(10, "Vehicle.Powertrain.TractionBattery.Temperature.Average", "pack_temperature", SignalType.Real, "Celsius", -100, 300) { Scale = 10 },
        new(11, "Vehicle.Powertrain.FuelSystem.RelativeLevel", "fuel_level", SignalType.Real, "percent", 0, 100) { Scale = 100 },
        new(12, "Vehicle.Powertrain.CombustionEngine.Speed", "engine_speed", SignalType.Real, "rpm", 0, 30_000),
        new(13, "Vehicle.Powertrain.CombustionEngine.EngineCoolant.Temperature", "coolant_temperature", SignalType.Real, "Celsius", -100, 300) { Scale = 10 },
        new(14, "Vehicle.LowVoltageBattery.CurrentVoltage", "low_voltage", SignalType.Real, "V", 0, 100) { Scale = 100 },
        new(15, "Vehicle.Acceleration.Longitudinal", "acceleration_longitudinal", SignalType.Real, "m/s^2", -200, 200) { Scale = 100 },
        new(16, "Vehicle.Acceleration.Lateral", "acceleration_lateral", SignalType.Real, "m/s^2", -200, 200) { Scale = 100 },
        new(17, "Vehicle.Powertrain.Range", "powertrain_range", SignalType.Integer, "m", 0, 10_000_000),
        new(18, "Vehicle.Diagnostics.DTCCount", "dtc_count", SignalType.Smallint, "", 0, 255),
        new(19, "Vehicle.LowVoltageSystemState", "low_voltage_system_state", SignalType.Label, "", 0, 6)
        {
            Labels = ["UNDEFINED", "LOCK", "OFF", "ACC", "ON", "START", "RESERVED"],
        },
        new(20, "Vehicle.CurrentLocation.GNSSReceiver.FixType", "fix_type", SignalType.Label, "", 0, 7)
        {
            Labels = ["NONE", "TWO_D", "TWO_D_SATELLITE_BASED_AUGMENTATION", "TWO_D_GROUND_BASED_AUGMENTATION", "TWO_D_SATELLITE_AND_GROUND_BASED_AUGMENTATION", "THREE_D", "THREE_D_SATELLITE_BASED_AUGMENTATION", "THREE_D_GROUND_BASED_AUGMENTATION"],
        },
        new(21, "Vehicle.IsMoving", "is_moving", SignalType.Boolean, "", 0, 1),
        new(22, "Vehicle.IsBrokenDown", "is_broken_down", SignalType.Boolean, "", 0, 1),
        new(23, "Vehicle.Powertrain.TractionBattery.Charging.IsCharging", "is_charging", SignalType.Boolean, "", 0, 1),
    ];

    /// <summary>The signals by VSS path.</summary>
    public static FrozenDictionary<string, Signal> ByPath { get; } = Signals.ToFrozenDictionary(signal => signal.Path, StringComparer.Ordinal);
}
