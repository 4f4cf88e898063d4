using Telematics.Contracts.Telemetry;

namespace Telematics.Storage.Rollups;

/// <summary>
/// The samples of one vehicle in one minute, hour or step, summed up: a row of <c>telemetry_1m</c> or <c>telemetry_1h</c>.
/// Everything in it merges in any order and any grouping (floating-point rounding of sums aside): that is why rollups can
/// be made of rollups, and why a late sample can be added to one. For that, of several values of one moment the greatest
/// is the last one, and the smallest the first one.
/// </summary>
internal struct TelemetryBucket
{
    /// <summary><see cref="Model.Vehicle.Id"/>.</summary>
    public long VehicleKey;

    /// <summary>Where it begins, microseconds since 1970-01-01 UTC.</summary>
    public long Time;

    /// <summary>Number of samples; 0 = nothing else is set.</summary>
    public long Samples;

    /// <summary>Device time of the first sample.</summary>
    public long FirstTime;

    /// <summary>Device time of the last sample.</summary>
    public long LastTime;

    /// <summary>Number of samples that report a speed; 0 = the other figures of speed mean nothing.</summary>
    public long SpeedCount;

    /// <summary>Smallest speed, km/h.</summary>
    public double SpeedMin;

    /// <summary>Greatest speed, km/h.</summary>
    public double SpeedMax;

    /// <summary>Sum of speeds, km/h.</summary>
    public double SpeedSum;

    /// <summary>Speed of the last sample that reports one, km/h.</summary>
    public double SpeedLast;

    /// <summary>Device time of that sample.</summary>
    public long SpeedLastTime;

    /// <summary>Smallest reading of the odometer in m; null = none was reported.</summary>
    public long? DistanceFrom;

    /// <summary>Greatest reading of the odometer in m.</summary>
    public long? DistanceTo;

    /// <summary>Number of samples that report voltage and current of the traction battery.</summary>
    public long PowerCount;

    /// <summary>Sum of voltage times current over them, W; positive into the battery.</summary>
    public double PowerSum;

    /// <summary>The first position; null = none was reported.</summary>
    public PositionFix? FirstPosition;

    /// <summary>The last position.</summary>
    public PositionFix? LastPosition;

    /// <summary>Adds a sample.</summary>
    public void Add(long time, in SignalValues values)
    {
        var sample = new TelemetryBucket { VehicleKey = VehicleKey, Time = Time, Samples = 1, FirstTime = time, LastTime = time };
        var speed = values[SignalCatalogue.Speed];
        if (!double.IsNaN(speed))
        {
            sample.SpeedCount = 1;
            sample.SpeedMin = sample.SpeedMax = sample.SpeedSum = sample.SpeedLast = speed;
            sample.SpeedLastTime = time;
        }

        var distance = values[SignalCatalogue.TraveledDistance];
        if (!double.IsNaN(distance))
        {
            sample.DistanceFrom = sample.DistanceTo = (long)distance;
        }

        var power = values[SignalCatalogue.PackVoltage] * values[SignalCatalogue.PackCurrent];
        if (!double.IsNaN(power))
        {
            sample.PowerCount = 1;
            sample.PowerSum = power;
        }

        var (latitude, longitude) = (values[SignalCatalogue.Latitude], values[SignalCatalogue.Longitude]);
        if (!double.IsNaN(latitude) && !double.IsNaN(longitude))
        {
            sample.FirstPosition = sample.LastPosition = new PositionFix(time, latitude, longitude);
        }

        Merge(in sample);
    }

    /// <summary>Adds the samples of another one; vehicle and beginning stay as they are.</summary>
    public void Merge(in TelemetryBucket other)
    {
        if (other.Samples == 0)
        {
            return;
        }

        var isFirst = Samples == 0;
        FirstTime = isFirst ? other.FirstTime : Math.Min(FirstTime, other.FirstTime);
        LastTime = isFirst ? other.LastTime : Math.Max(LastTime, other.LastTime);
        Samples += other.Samples;
        MergeSpeed(in other);
        DistanceFrom = Least(DistanceFrom, other.DistanceFrom);
        DistanceTo = Greatest(DistanceTo, other.DistanceTo);
        PowerCount += other.PowerCount;
        PowerSum += other.PowerSum;
        if (other.FirstPosition is { } first && (FirstPosition is not { } ownFirst || Compare(first, ownFirst) < 0))
        {
            FirstPosition = first;
        }

        if (other.LastPosition is { } last && (LastPosition is not { } ownLast || Compare(last, ownLast) > 0))
        {
            LastPosition = last;
        }
    }

    /// <summary>How far the vehicle drove between its samples, m; null when it reported no odometer.</summary>
    public readonly long? Distance => DistanceTo - DistanceFrom;

    /// <summary>
    /// Energy that the traction battery gave from the first sample to the last, kWh: the mean of its power times that time.
    /// Negative when it took more than it gave; null when no sample reports both voltage and current.
    /// </summary>
    public readonly double? Energy
    {
        get
        {
            const double wattMicrosecondsPerKilowattHour = 1_000d * RollupTime.Hour;
            if (PowerCount == 0)
            {
                return null;
            }

            // COVESA VSS: a positive current flows into the battery. Zero is zero and not minus zero.
            var energy = -(PowerSum / PowerCount) * (LastTime - FirstTime) / wattMicrosecondsPerKilowattHour;
            return energy == 0 ? 0 : energy;
        }
    }

    private void MergeSpeed(in TelemetryBucket other)
    {
        if (other.SpeedCount == 0)
        {
            return;
        }

        var isFirst = SpeedCount == 0;
        SpeedMin = isFirst ? other.SpeedMin : Math.Min(SpeedMin, other.SpeedMin);
        SpeedMax = isFirst ? other.SpeedMax : Math.Max(SpeedMax, other.SpeedMax);
        SpeedSum += other.SpeedSum;
        if (isFirst || (other.SpeedLastTime, other.SpeedLast).CompareTo((SpeedLastTime, SpeedLast)) > 0)
        {
            (SpeedLastTime, SpeedLast) = (other.SpeedLastTime, other.SpeedLast);
        }

        SpeedCount += other.SpeedCount;
    }

    private static int Compare(PositionFix left, PositionFix right) =>
        (left.Time, left.Latitude, left.Longitude).CompareTo((right.Time, right.Latitude, right.Longitude));

    private static long? Least(long? left, long? right) => left is null || right < left ? right : left;

    private static long? Greatest(long? left, long? right) => left is null || right > left ? right : left;
}
