using Telematics.Contracts.Telemetry;

namespace Telematics.Simulator.Driving;

/// <summary>Where the energy goes: battery or tank, from the forces on a car of 1.7 t.</summary>
internal struct Powertrain(bool isElectric, double level)
{
    private const double Mass = 1_700;
    private const double RollingForce = 0.010 * Mass * 9.81;
    private const double AirDrag = 0.5 * 1.2 * 0.62;
    private const double BatteryJoules = 60 * 3.6e6;
    private const double TankJoules = 50 * 32e6;
    private const double ChargingWatts = 50_000;
    private const double AmbientTemperature = 18;

    private double _watts;
    private double _temperature = AmbientTemperature;

    public bool IsElectric { get; } = isElectric;

    /// <summary>State of charge or tank, in percent.</summary>
    public double Level { get; private set; } = level;

    public readonly bool WantsEnergy => Level < (IsElectric ? 40 : 20);

    public readonly bool IsCharged => Level >= 90;

    /// <summary>Lets time pass at a mean speed (m/s) and acceleration (m/s²).</summary>
    public void Use(DriveMode mode, double speed, double acceleration, double seconds)
    {
        var wheel = mode == DriveMode.Driving ? ((Mass * acceleration) + (RollingForce * Math.Sign(speed)) + (AirDrag * speed * speed)) * speed : 0;
        _watts = mode switch
        {
            DriveMode.Charging => IsElectric ? -ChargingWatts : 0,
            DriveMode.Parked => 0,
            // Half of what braking gives comes back into a battery, nothing into a tank.
            _ when IsElectric => (wheel > 0 ? wheel / 0.9 : wheel * 0.5) + 600,
            _ => (Math.Max(0, wheel) / 0.32) + 9_000,
        };

        if (mode == DriveMode.Charging && !IsElectric)
        {
            Level = 100; // a filling station
        }

        Level = Math.Clamp(Level - (100 * _watts * seconds / (IsElectric ? BatteryJoules : TankJoules)), 0, 100);
        if (Level == 0)
        {
            Level = 30; // roadside help: a car that stands for ever is no load
        }

        var target = mode == DriveMode.Parked ? AmbientTemperature : IsElectric ? 31 : 90;
        _temperature += (target - _temperature) * seconds / 400;
    }

    public readonly void Sample(DriveMode mode, double speed, ref SignalValues values)
    {
        var isOn = mode != DriveMode.Parked;
        values[SignalIndex.LowVoltage] = isOn ? 13.9 : 12.5;
        if (IsElectric)
        {
            var voltage = 330 + (0.7 * Level);
            values[SignalCatalogue.StateOfCharge] = Level;
            values[SignalIndex.PackVoltage] = voltage;

            // VSS: positive is into the battery.
            values[SignalIndex.PackCurrent] = -_watts / voltage;
            values[SignalIndex.PackTemperature] = _temperature;
            values[SignalIndex.IsCharging] = mode == DriveMode.Charging ? 1 : 0;
            values[SignalIndex.Range] = Math.Floor(Level * 3_800);
            return;
        }

        values[SignalCatalogue.FuelLevel] = Level;
        values[SignalIndex.EngineSpeed] = mode != DriveMode.Driving ? 0 : speed < 0.5 ? 800 : 1_200 + (speed % 9 * 180);
        values[SignalIndex.CoolantTemperature] = _temperature;
        values[SignalIndex.Range] = Math.Floor(Level * 6_500);
    }
}
