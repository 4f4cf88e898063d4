using System.Data.Common;
using Microsoft.Data.Sqlite;
using Telematics.Contracts.Telemetry;

namespace Telematics.Storage.Rollups;

/// <summary>What all databases say alike about the rollups.</summary>
internal static class RollupSql
{
    public const string SelectProgress = "SELECT noted_before, rolled_up_to, raw_from FROM rollup_progress";

    /// <summary>The next noted hours behind (@vehicle, @hour) that begin before @before: one walk along the index.</summary>
    public const string SelectNotes =
        "SELECT DISTINCT vehicle_key, hour FROM telemetry_late_hour WHERE (vehicle_key, hour) > (@vehicle, @hour) AND hour < @before ORDER BY vehicle_key, hour LIMIT @limit";

    /// <summary>The noted hours of a vehicle.</summary>
    public const string SelectNotesOfVehicle =
        "SELECT DISTINCT hour FROM telemetry_late_hour WHERE vehicle_key = @vehicle AND hour >= @from AND hour < @to ORDER BY hour";

    private const string Keys = "vehicle_key, time";

    private static readonly string[] ValueColumns =
    [
        "first_time", "last_time", "speed_sum", "speed_last_time", "distance_from", "distance_to", "power_sum",
        "first_latitude", "first_longitude", "first_position_time", "last_latitude", "last_longitude", "last_position_time",
        "samples", "speed_count", "speed_min", "speed_max", "speed_last", "power_count",
    ];

    /// <summary>All columns of a rollup.</summary>
    public static string Columns { get; } = $"{Keys}, {string.Join(", ", ValueColumns)}";

    /// <summary>Number of <see cref="Columns"/>.</summary>
    public static int ColumnCount { get; } = 2 + ValueColumns.Length;

    /// <summary>A vehicle's samples in the order of time, those of one moment in any: time, then all signals.</summary>
    public static string SelectSamples { get; } =
        $"SELECT time, {string.Join(", ", SignalCatalogue.Signals.Select(signal => signal.Column))} FROM telemetry WHERE vehicle_key = @vehicle AND time >= @from AND time < @to ORDER BY time";

    /// <summary>A vehicle's buckets in the order of time.</summary>
    public static string SelectBuckets(string table) =>
        $"SELECT {Columns} FROM {table} WHERE vehicle_key = @vehicle AND time >= @from AND time < @to ORDER BY time";

    /// <summary>What to do with a bucket that is there: it gets the new one's samples beside its own.</summary>
    /// <param name="table">The rollup.</param>
    /// <param name="least">The function that gives the least of its arguments; it may answer NULL for a NULL.</param>
    /// <param name="greatest">The same for the greatest.</param>
    public static string OnConflictMerge(string table, string least, string greatest)
    {
        string Best(string function, string column) =>
            $"{column} = {function}(coalesce({table}.{column}, excluded.{column}), coalesce(excluded.{column}, {table}.{column}))";
        string Sum(string column) => $"{column} = coalesce({table}.{column} + excluded.{column}, {table}.{column}, excluded.{column})";
        string When(string condition, params string[] columns) =>
            string.Join(", ", columns.Select(column => $"{column} = CASE WHEN {condition} THEN excluded.{column} ELSE {table}.{column} END"));
        string Values(string row, string[] columns) => $"({string.Join(", ", columns.Select(column => $"{row}.{column}"))})";
        string Beats(string comparison, params string[] columns) =>
            $"{table}.{columns[0]} IS NULL OR {Values("excluded", columns)} {comparison} {Values(table, columns)}";
        string[] set =
        [
            Best(least, "first_time"), Best(greatest, "last_time"), Sum("samples"),
            Sum("speed_count"), Sum("speed_sum"), Best(least, "speed_min"), Best(greatest, "speed_max"),
            When(Beats(">", "speed_last_time", "speed_last"), "speed_last", "speed_last_time"),
            Best(least, "distance_from"), Best(greatest, "distance_to"),
            Sum("power_count"), Sum("power_sum"),
            When(Beats("<", "first_position_time", "first_latitude", "first_longitude"), "first_latitude", "first_longitude", "first_position_time"),
            When(Beats(">", "last_position_time", "last_latitude", "last_longitude"), "last_latitude", "last_longitude", "last_position_time"),
        ];
        return $"ON CONFLICT ({Keys}) DO UPDATE SET {string.Join(", ", set)}";
    }

    /// <summary>The same, but the new bucket takes the place of the other.</summary>
    public static string OnConflictReplace { get; } =
        $"ON CONFLICT ({Keys}) DO UPDATE SET {string.Join(", ", ValueColumns.Select(column => $"{column} = excluded.{column}"))}";

    /// <summary>Reads a row of <see cref="SelectBuckets"/>.</summary>
    public static TelemetryBucket ReadBucket(DbDataReader row)
    {
        var bucket = new TelemetryBucket
        {
            VehicleKey = row.GetInt64(0),
            Time = row.GetUnixMicroseconds(1),
            FirstTime = row.GetUnixMicroseconds(2),
            LastTime = row.GetUnixMicroseconds(3),
            DistanceFrom = row.IsDBNull(6) ? null : row.GetInt64(6),
            DistanceTo = row.IsDBNull(7) ? null : row.GetInt64(7),
            FirstPosition = ReadPosition(row, 9),
            LastPosition = ReadPosition(row, 12),
            Samples = row.GetInt64(15),
            SpeedCount = row.GetInt64(16),
            PowerCount = row.GetInt64(20),
        };
        if (bucket.SpeedCount > 0)
        {
            bucket.SpeedSum = row.GetDouble(4);
            bucket.SpeedLastTime = row.GetUnixMicroseconds(5);
            bucket.SpeedMin = ReadReal(row, 17);
            bucket.SpeedMax = ReadReal(row, 18);
            bucket.SpeedLast = ReadReal(row, 19);
        }

        if (bucket.PowerCount > 0)
        {
            bucket.PowerSum = row.GetDouble(8);
        }

        return bucket;
    }

    private static PositionFix? ReadPosition(DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : new PositionFix(row.GetUnixMicroseconds(column + 2), row.GetDouble(column), row.GetDouble(column + 1));

    /// <summary>By way of the decimal, as signals are read (<see cref="SignalColumns"/>).</summary>
    private static double ReadReal(DbDataReader row, int column) =>
        row is SqliteDataReader ? row.GetDouble(column) : (double)(decimal)row.GetFloat(column);
}
