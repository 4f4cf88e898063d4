using Telematics.Contracts.Telemetry;
using Telematics.Storage.Rollups;

namespace Telematics.Storage.Sqlite;

/// <summary>Sums up samples, which come by vehicle and time, and writes a minute and an hour when the next one begins.</summary>
internal sealed class SqliteBucketWriter(SqliteStatement writeMinute, SqliteStatement writeHour)
{
    private TelemetryBucket _minute;
    private TelemetryBucket _hour;

    /// <summary>Adds a sample.</summary>
    public void Add(long vehicle, long time, in SignalValues values)
    {
        Begin(vehicle, RollupTime.Floor(time, RollupTime.Minute));
        _minute.Add(time, in values);
    }

    /// <summary>Adds a minute.</summary>
    public void Add(in TelemetryBucket minute)
    {
        Begin(minute.VehicleKey, minute.Time);
        _minute.Merge(in minute);
    }

    /// <summary>Writes what is under way.</summary>
    public void Flush()
    {
        EndMinute();
        if (_hour.Samples > 0)
        {
            Write(writeHour, in _hour);
            _hour = default;
        }
    }

    private void Begin(long vehicle, long minute)
    {
        if (_minute.Samples > 0 && _minute.VehicleKey == vehicle && _minute.Time == minute)
        {
            return;
        }

        EndMinute();
        _minute = new TelemetryBucket { VehicleKey = vehicle, Time = minute };
        var hour = RollupTime.Floor(minute, RollupTime.Hour);
        if (_hour.Samples > 0 && (_hour.VehicleKey != vehicle || _hour.Time != hour))
        {
            Write(writeHour, in _hour);
            _hour = default;
        }

        (_hour.VehicleKey, _hour.Time) = (vehicle, hour);
    }

    private void EndMinute()
    {
        if (_minute.Samples > 0)
        {
            Write(writeMinute, in _minute);
            _hour.Merge(in _minute);
            _minute = default;
        }
    }

    private static void Write(SqliteStatement statement, in TelemetryBucket bucket)
    {
        statement.Bind(1, bucket.VehicleKey);
        statement.Bind(2, bucket.Time);
        statement.Bind(3, bucket.FirstTime);
        statement.Bind(4, bucket.LastTime);
        Bind(statement, 5, bucket.SpeedCount > 0, bucket.SpeedSum);
        Bind(statement, 6, bucket.SpeedCount > 0 ? bucket.SpeedLastTime : null);
        Bind(statement, 7, bucket.DistanceFrom);
        Bind(statement, 8, bucket.DistanceTo);
        Bind(statement, 9, bucket.PowerCount > 0, bucket.PowerSum);
        Bind(statement, 10, bucket.FirstPosition);
        Bind(statement, 13, bucket.LastPosition);
        statement.Bind(16, bucket.Samples);
        statement.Bind(17, bucket.SpeedCount);
        Bind(statement, 18, bucket.SpeedCount > 0, bucket.SpeedMin);
        Bind(statement, 19, bucket.SpeedCount > 0, bucket.SpeedMax);
        Bind(statement, 20, bucket.SpeedCount > 0, bucket.SpeedLast);
        statement.Bind(21, bucket.PowerCount);
        statement.Execute();
    }

    private static void Bind(SqliteStatement statement, int parameter, PositionFix? position)
    {
        Bind(statement, parameter, position.HasValue, position.GetValueOrDefault().Latitude);
        Bind(statement, parameter + 1, position.HasValue, position.GetValueOrDefault().Longitude);
        Bind(statement, parameter + 2, position?.Time);
    }

    private static void Bind(SqliteStatement statement, int parameter, bool has, double value)
    {
        if (has)
        {
            statement.Bind(parameter, value);
        }
        else
        {
            statement.BindNull(parameter);
        }
    }

    private static void Bind(SqliteStatement statement, int parameter, long? value)
    {
        if (value is { } number)
        {
            statement.Bind(parameter, number);
        }
        else
        {
            statement.BindNull(parameter);
        }
    }
}
