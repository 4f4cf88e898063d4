using Telematics.Contracts.Telemetry;

namespace Telematics.Simulator.Driving;

/// <summary>
/// One car's driving: trips over straight roads with turns and red lights, in steps of one second with constant
/// acceleration, so that distance is exactly the integral of speed. What happens is a function of seed, car number and
/// model time alone: neither how often it is asked nor what other cars do changes it.
/// </summary>
internal sealed class Drive
{
    /// <summary>Length of a step in milliseconds of model time.</summary>
    public const int StepMilliseconds = 1_000;

    private const double MaximumBraking = 2.5;
    private const double MaximumAcceleration = 1.8;
    private const double StopDistance = 2;
    private const double TurnRadius = 12;
    private const double TurnSpeed = 5;
    private const double HomeRange = 12_000;
    private const double MetersPerDegree = 111_320;

    // City centres, to put the fleet on more than one map tile.
    private static readonly (double Latitude, double Longitude)[] Cities =
    [
        (31.2304, 121.4737), (39.9042, 116.4074), (22.5431, 114.0579), (30.5728, 104.0668),
        (52.5200, 13.4050), (48.1351, 11.5820), (48.8566, 2.3522), (51.5074, -0.1278),
    ];

    private static readonly double[] SpeedLimits = [30 / 3.6, 50 / 3.6, 50 / 3.6, 70 / 3.6, 100 / 3.6, 120 / 3.6];

    private readonly double _homeLatitude;
    private readonly double _homeLongitude;
    private readonly double _metersPerLongitude;
    private readonly double _baseAltitude;
    private Powertrain _powertrain; // a struct that changes
    private readonly int _faultCount;
    private DriveRandom _random;

    private long _stepStart;
    private double _north;
    private double _east;
    private double _heading;
    private double _speed;
    private double _acceleration;
    private double _turnRate;
    private double _distance;
    private double _turnLeft;
    private double _segmentLeft;
    private double _segmentSpeed;
    private double _tripLeft;
    private bool _isRedAtEnd;
    private int _pause;

    /// <summary>A car that has stood for a while, at model time 0.</summary>
    public Drive(long seed, int carNumber)
    {
        _random = DriveRandom.For(seed, carNumber, purpose: 1);
        var (latitude, longitude) = Cities[_random.Below(Cities.Length)];
        _homeLatitude = latitude + _random.Between(-0.08, 0.08);
        _homeLongitude = longitude + _random.Between(-0.1, 0.1);
        _metersPerLongitude = MetersPerDegree * Math.Cos(_homeLatitude * Math.PI / 180);
        _baseAltitude = _random.Between(5, 300);
        _distance = _random.Between(1_000_000, 90_000_000);
        _heading = _random.Below(4) * 90;
        _powertrain = new Powertrain(isElectric: _random.NextDouble() < 0.6, level: _random.Between(35, 95));
        _faultCount = _random.NextDouble() < 0.02 ? 1 : 0;

        // Most of the fleet is on the road, and so has something to say from the first second on.
        if (_random.NextDouble() < 0.8)
        {
            BeginTrip();
        }
        else
        {
            Park();
        }
    }

    /// <summary>What the car is doing.</summary>
    public DriveMode Mode { get; private set; }

    /// <summary>Whether it drives on a battery.</summary>
    public bool IsElectric => _powertrain.IsElectric;

    /// <summary>Model time up to which whole steps were taken, in milliseconds.</summary>
    public long StepTime => _stepStart;

    /// <summary>Speed that a supervisor has set, in m/s; the car brakes down to it and does not exceed it afterwards.</summary>
    public double SpeedLimit { get; set; } = double.PositiveInfinity;

    /// <summary>Whether the doors are locked.</summary>
    public bool IsLocked { get; set; } = true;

    /// <summary>Goes on to a model time in milliseconds; an earlier one changes nothing.</summary>
    public void AdvanceTo(long milliseconds)
    {
        while (_stepStart + StepMilliseconds <= milliseconds)
        {
            FinishStep();
            _stepStart += StepMilliseconds;
            BeginStep();
        }
    }

    /// <summary>Writes the signals at a model time that lies in the present step.</summary>
    public void Sample(long milliseconds, ref SignalValues values)
    {
        var t = Math.Clamp((milliseconds - _stepStart) / (double)StepMilliseconds, 0, 1);
        var speed = SpeedAt(t);
        var travelled = DistanceAt(t);
        var (north, east, heading) = PlaceAt(t, travelled);
        values = SignalValues.None;
        values[SignalCatalogue.Latitude] = _homeLatitude + (north / MetersPerDegree);
        values[SignalCatalogue.Longitude] = _homeLongitude + (east / _metersPerLongitude);
        values[SignalCatalogue.TraveledDistance] = Math.Floor(_distance + travelled);
        values[SignalCatalogue.Speed] = speed * 3.6;
        values[SignalCatalogue.Heading] = heading;
        values[SignalIndex.Altitude] = _baseAltitude + (25 * Math.Sin(north / 1_800)) + (15 * Math.Cos(east / 1_300));
        values[SignalIndex.HorizontalAccuracy] = 1.5 + (0.5 * Math.Sin((north + east) / 40));
        values[SignalIndex.AccelerationLongitudinal] = _acceleration;
        values[SignalIndex.AccelerationLateral] = speed * _turnRate * Math.PI / 180;
        values[SignalIndex.DtcCount] = _faultCount;
        values[SignalIndex.LowVoltageSystemState] = Mode == DriveMode.Driving ? 4 : IsLocked ? 1 : 2;
        values[SignalIndex.FixType] = 5;
        values[SignalIndex.IsMoving] = speed > 0.05 ? 1 : 0;
        values[SignalIndex.IsBrokenDown] = 0;
        _powertrain.Sample(Mode, speed, ref values);
    }

    private double SpeedAt(double t) => Math.Max(0, _speed + (_acceleration * t));

    private double DistanceAt(double t) => (_speed * t) + (0.5 * _acceleration * t * t);

    private (double North, double East, double Heading) PlaceAt(double t, double travelled)
    {
        // The chord of the arc points along the mean of the headings at its ends.
        var middle = (_heading + (0.5 * _turnRate * t)) * Math.PI / 180;
        var heading = (_heading + (_turnRate * t)) % 360;
        var (sine, cosine) = Math.SinCos(middle);
        return (_north + (travelled * cosine), _east + (travelled * sine), heading < 0 ? heading + 360 : heading);
    }

    private void FinishStep()
    {
        if (_speed == 0 && _acceleration == 0)
        {
            _powertrain.Use(Mode, 0, 0, seconds: 1);
            return; // it stands: at a light, parked or charging
        }

        var travelled = DistanceAt(1);
        (_north, _east, _heading) = PlaceAt(1, travelled);
        _powertrain.Use(Mode, _speed + (0.5 * _acceleration), _acceleration, seconds: 1);
        _speed = SpeedAt(1);
        _distance += travelled;
        _segmentLeft -= travelled;
        _tripLeft -= travelled;
        _turnLeft -= _turnRate;
    }

    private void BeginStep()
    {
        _acceleration = 0;
        _turnRate = 0;
        if (_pause > 0)
        {
            _pause--;
            return;
        }

        if (Mode != DriveMode.Driving)
        {
            if (Mode == DriveMode.Charging && !_powertrain.IsCharged)
            {
                return;
            }

            BeginTrip();
        }

        if (_speed == 0 && _tripLeft <= StopDistance)
        {
            Park();
            return;
        }

        if (_speed == 0 && _isRedAtEnd && _segmentLeft <= StopDistance)
        {
            _isRedAtEnd = false;
            _segmentLeft = 0;
            _pause = (int)_random.Between(5, 40);
            return;
        }

        if (_turnLeft == 0 && _segmentLeft <= 0)
        {
            BeginSegment();
        }

        var wanted = Math.Min(WantedSpeed(), SpeedLimit);
        _acceleration = Math.Clamp(wanted - _speed, -MaximumBraking, MaximumAcceleration);
        if (_turnLeft != 0)
        {
            var possible = (_speed + (0.5 * _acceleration)) / TurnRadius * 180 / Math.PI;
            _turnRate = Math.CopySign(Math.Min(Math.Abs(_turnLeft), possible), _turnLeft);
        }
    }

    private double WantedSpeed()
    {
        if (_turnLeft != 0)
        {
            return TurnSpeed;
        }

        var beforeTurn = ApproachSpeed(_segmentLeft, _isRedAtEnd ? 0 : TurnSpeed);
        return Math.Min(_segmentSpeed, Math.Min(beforeTurn, ApproachSpeed(_tripLeft, 0)));
    }

    /// <summary>What can still be braked away over a distance; one second is lost deciding, and the last metres are crept.</summary>
    private double ApproachSpeed(double left, double endSpeed) => endSpeed == 0 && left <= StopDistance
        ? 0
        : Math.Max(1, Math.Sqrt((endSpeed * endSpeed) + (2 * MaximumBraking * Math.Max(0, left - _speed))));

    private void BeginTrip()
    {
        Mode = DriveMode.Driving;
        _tripLeft = _random.Between(2_000, 25_000);
        _segmentLeft = _random.Between(150, 900);
        _segmentSpeed = SpeedLimits[_random.Below(3)];
    }

    private void BeginSegment()
    {
        // A car that is far from home turns towards it, else any way.
        var bearing = Math.Atan2(-_east, -_north) * 180 / Math.PI;
        var homeward = Math.IEEERemainder(bearing - _heading, 360);
        var isFar = (_north * _north) + (_east * _east) > HomeRange * HomeRange;
        var random = _random.NextDouble();
        _turnLeft = isFar
            ? Math.Clamp(homeward, -90, 90)
            : random switch { < 0.3 => 0, < 0.6 => 90, < 0.9 => -90, < 0.95 => 45, _ => -45 };
        if (Math.Abs(_turnLeft) < 1)
        {
            _turnLeft = 0;
        }

        _segmentLeft = _random.Between(200, 2_500);
        _segmentSpeed = SpeedLimits[_random.Below(_segmentLeft > 1_500 ? SpeedLimits.Length : 4)];
        _isRedAtEnd = _random.NextDouble() < 0.3;
    }

    private void Park()
    {
        Mode = _powertrain.WantsEnergy ? DriveMode.Charging : DriveMode.Parked;
        _pause = (int)_random.Between(60, 900);
        _turnLeft = 0;
    }
}
