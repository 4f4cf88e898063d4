using Telematics.Storage.Retention;
using Telematics.Storage.Rollups;

namespace Telematics.Storage.Postgres;

/// <summary>
/// The statements over the rollups. Buckets of minutes are collected in a table of the connection and go from there into
/// both rollups.
/// </summary>
internal static class PostgresRollupSql
{
    /// <summary>Where hours begin; any whole hour.</summary>
    private const string Origin = "timestamptz '2000-01-01 00:00:00+00'";

    // The greatest of (time, value) is the last one, and the order of arrays is that of their first elements: seconds
    // within the bucket, which a double holds exactly enough.
    private const string SamplesToMinutes =
        """
        SELECT t.vehicle_key, t.minute,
            min(t.time), max(t.time),
            sum(t.speed::numeric)::double precision,
            max(t.time) FILTER (WHERE t.speed IS NOT NULL),
            min(t.traveled_distance), max(t.traveled_distance),
            sum(t.pack_voltage::double precision * t.pack_current::double precision),
            (min(ARRAY[t.second, t.latitude, t.longitude]) FILTER (WHERE t.latitude IS NOT NULL AND t.longitude IS NOT NULL))[2],
            (min(ARRAY[t.second, t.latitude, t.longitude]) FILTER (WHERE t.latitude IS NOT NULL AND t.longitude IS NOT NULL))[3],
            min(t.time) FILTER (WHERE t.latitude IS NOT NULL AND t.longitude IS NOT NULL),
            (max(ARRAY[t.second, t.latitude, t.longitude]) FILTER (WHERE t.latitude IS NOT NULL AND t.longitude IS NOT NULL))[2],
            (max(ARRAY[t.second, t.latitude, t.longitude]) FILTER (WHERE t.latitude IS NOT NULL AND t.longitude IS NOT NULL))[3],
            max(t.time) FILTER (WHERE t.latitude IS NOT NULL AND t.longitude IS NOT NULL),
            count(*), count(t.speed), min(t.speed), max(t.speed),
            (max(ARRAY[t.second, t.speed]) FILTER (WHERE t.speed IS NOT NULL))[2]::real,
            count(*) FILTER (WHERE t.pack_voltage IS NOT NULL AND t.pack_current IS NOT NULL)
        """;

    private const string SampleColumns =
        "time, speed, traveled_distance, pack_voltage, pack_current, latitude, longitude, date_bin('1 minute', time, " + Origin + ") AS minute, date_part('epoch', time - date_bin('1 minute', time, " + Origin + ")) AS second";

    /// <summary>One a connection, empty between transactions.</summary>
    public const string CreateStage = "CREATE TEMPORARY TABLE IF NOT EXISTS telemetry_1m_stage (LIKE telemetry_1m) ON COMMIT DELETE ROWS";

    public const string EmptyStage = "DELETE FROM telemetry_1m_stage";

    public const string LockProgress = RollupSql.SelectProgress + " FOR UPDATE";

    // Hours travel as their number since the origin: the year 1 has no DateTime that is not taken for minus infinity.
    private const string NotedHours = "SELECT n.vehicle_key, " + Origin + " + n.hour * interval '1 hour' AS hour FROM unnest(@vehicles, @hours) AS n (vehicle_key, hour)";

    /// <summary>Parameters: @vehicles bigint[], @hours integer[] since 2000-01-01 UTC.</summary>
    public const string Note = "INSERT INTO telemetry_late_hour (vehicle_key, hour) " + NotedHours;

    /// <summary>The same parameters.</summary>
    public const string RemoveNotes = "DELETE FROM telemetry_late_hour l USING (" + NotedHours + ") AS n WHERE l.vehicle_key = n.vehicle_key AND l.hour = n.hour";

    /// <summary>One pass over the rows of a time; parameters: @from, @to.</summary>
    public static string StageRange { get; } =
        $"""
        INSERT INTO telemetry_1m_stage ({RollupSql.Columns})
        {SamplesToMinutes}
        FROM (SELECT vehicle_key, {SampleColumns} FROM telemetry WHERE time >= @from AND time < @to) AS t
        GROUP BY t.vehicle_key, t.minute
        """;

    /// <summary>
    /// One walk along the index for each hour; parameters: @vehicles, @hours, @until, and @from and @to, between which all of
    /// it lies, so that only their chunks or partitions are looked at.
    /// </summary>
    public static string StageHours { get; } =
        $"""
        INSERT INTO telemetry_1m_stage ({RollupSql.Columns})
        {SamplesToMinutes}
        FROM (
            SELECT n.vehicle_key, s.* FROM ({NotedHours}) AS n CROSS JOIN LATERAL (
                SELECT {SampleColumns} FROM telemetry
                WHERE vehicle_key = n.vehicle_key AND time >= n.hour AND time < least(n.hour + interval '1 hour', @until) AND time >= @from AND time < @to
                OFFSET 0) AS s) AS t
        GROUP BY t.vehicle_key, t.minute
        """;

    public static string CopyStage { get; } = $"COPY telemetry_1m_stage ({RollupSql.Columns}) FROM STDIN (FORMAT binary)";

    public static string ReplaceMinutes { get; } = InsertMinutes(RollupSql.OnConflictReplace);

    public static string MergeMinutes { get; } = InsertMinutes(RollupSql.OnConflictMerge(TimeSeriesTables.Minutes, "least", "greatest"));

    public static string ReplaceHours { get; } = InsertHours(RollupSql.OnConflictReplace);

    public static string MergeHours { get; } = InsertHours(RollupSql.OnConflictMerge(TimeSeriesTables.Hours, "least", "greatest"));

    private static string InsertMinutes(string onConflict) =>
        $"INSERT INTO telemetry_1m ({RollupSql.Columns}) SELECT {RollupSql.Columns} FROM telemetry_1m_stage ORDER BY vehicle_key, time {onConflict}";

    private static string InsertHours(string onConflict) =>
        $"""
        INSERT INTO telemetry_1h ({RollupSql.Columns})
        SELECT vehicle_key, hour,
            min(first_time), max(last_time), sum(speed_sum), max(speed_last_time),
            min(distance_from), max(distance_to), sum(power_sum),
            (min(ARRAY[date_part('epoch', first_position_time - hour), first_latitude, first_longitude]) FILTER (WHERE first_position_time IS NOT NULL))[2],
            (min(ARRAY[date_part('epoch', first_position_time - hour), first_latitude, first_longitude]) FILTER (WHERE first_position_time IS NOT NULL))[3],
            min(first_position_time),
            (max(ARRAY[date_part('epoch', last_position_time - hour), last_latitude, last_longitude]) FILTER (WHERE last_position_time IS NOT NULL))[2],
            (max(ARRAY[date_part('epoch', last_position_time - hour), last_latitude, last_longitude]) FILTER (WHERE last_position_time IS NOT NULL))[3],
            max(last_position_time),
            sum(samples), sum(speed_count), min(speed_min), max(speed_max),
            (max(ARRAY[date_part('epoch', speed_last_time - hour), speed_last]) FILTER (WHERE speed_last_time IS NOT NULL))[2]::real,
            sum(power_count)
        FROM (SELECT *, date_bin('1 hour', time, {Origin}) AS hour FROM telemetry_1m_stage) AS minutes
        GROUP BY vehicle_key, hour ORDER BY vehicle_key, hour
        {onConflict}
        """;
}
