using Telematics.Contracts.Telemetry;

namespace Telematics.Storage.Postgres;

/// <summary>The statements over <c>telemetry</c> and <c>vehicle_latest</c>, made from the signal catalogue.</summary>
internal static class PostgresTelemetrySql
{
    private const string CounterColumns = "first_boot, first_seq, first_seen, second_boot, second_seq, second_seen";

    private static readonly string SignalColumns = string.Join(", ", SignalCatalogue.Signals.Select(signal => signal.Column));
    private static readonly string StateColumns = $"time, stored_at, effective_time, queue_index, queue_offset, {SignalColumns}, other";

    /// <summary>Number of columns of <see cref="CopyHistory"/>.</summary>
    public static int HistoryColumns { get; } = 3 + SignalCatalogue.Count + 1;

    /// <summary>Columns: vehicle, time, store time, signals, other.</summary>
    public static string CopyHistory { get; } = $"COPY telemetry (vehicle_key, time, stored_at, {SignalColumns}, other) FROM STDIN (FORMAT binary)";

    /// <summary>The rows of a batch on their way into <c>vehicle_latest</c>; one a connection, empty between transactions.</summary>
    public static string CreateStage { get; } =
        $"CREATE TEMPORARY TABLE IF NOT EXISTS vehicle_latest_stage ON COMMIT DELETE ROWS AS SELECT vehicle_key, {StateColumns}, {CounterColumns} FROM vehicle_latest WITH NO DATA";

    /// <summary>Number of columns of <see cref="CopyStage"/>.</summary>
    public static int StageColumns { get; } = 1 + 5 + SignalCatalogue.Count + 1 + 6;

    /// <summary>Columns: vehicle, time, store time, effective time, queue index, queue offset, signals, other, six counters.</summary>
    public static string CopyStage { get; } = $"COPY vehicle_latest_stage (vehicle_key, {StateColumns}, {CounterColumns}) FROM STDIN (FORMAT binary)";

    /// <summary>Counters when the batch has some (then there is a first boot), state when newer.</summary>
    public static string UpdateLatest { get; } = InOrderOfStage(
        $"UPDATE vehicle_latest SET {Assignments("stage")} FROM vehicle_latest_stage stage WHERE stage.vehicle_key = vehicle_latest.vehicle_key");

    /// <summary>Vehicles that <see cref="UpdateLatest"/> did not find; another transaction may put one in at the same moment.</summary>
    public static string InsertLatest { get; } = InOrderOfStage(
        $"""
        INSERT INTO vehicle_latest (vehicle_key, {StateColumns}, {CounterColumns})
        SELECT vehicle_key, {StateColumns}, {CounterColumns} FROM vehicle_latest_stage stage
        WHERE NOT EXISTS (SELECT FROM vehicle_latest known WHERE known.vehicle_key = stage.vehicle_key)
        ON CONFLICT (vehicle_key) DO UPDATE SET {Assignments("excluded")}
        """);

    public static string SelectCounters { get; } =
        $"SELECT vehicle_key, {CounterColumns} FROM vehicle_latest WHERE vehicle_key = ANY(@vehicles) AND (first_boot IS NOT NULL OR second_boot IS NOT NULL)";

    public static string SelectLatest { get; } =
        $"SELECT vehicle_key, time, stored_at, queue_index, queue_offset, {SignalColumns} FROM vehicle_latest WHERE time IS NOT NULL";

    /// <summary>
    /// Samples from a time on, those of one moment in an order that does not change: their whole content, since rows have
    /// no number here.
    /// </summary>
    public static string SelectHistory { get; } =
        $"SELECT time, stored_at, {SignalColumns}, other FROM telemetry WHERE vehicle_key = @vehicle AND time >= @from AND time < @to ORDER BY time, stored_at, telemetry LIMIT @limit";

    // Rows are locked in the order of the stage, so that two transactions do not wait for each other; and an index look-up
    // for each row is cheap, while the planner, who knows little of a temporary table, may read all vehicles.
    private static string InOrderOfStage(string statement) =>
        $"""
        SET LOCAL enable_hashjoin = off;
        SET LOCAL enable_mergejoin = off;
        {statement};
        SET LOCAL enable_hashjoin = on;
        SET LOCAL enable_mergejoin = on
        """;

    private static string Assignments(string source)
    {
        // Newer by the time that counts; of two at the same time the later message.
        var isNewer = $"{source}.effective_time > coalesce(vehicle_latest.effective_time, '-infinity') OR ({source}.effective_time = vehicle_latest.effective_time AND {source}.queue_offset >= vehicle_latest.queue_offset)";
        var state = StateColumns.Split(", ").Select(column => $"{column} = CASE WHEN {isNewer} THEN {source}.{column} ELSE vehicle_latest.{column} END");
        var counters = CounterColumns.Split(", ").Select(column => $"{column} = CASE WHEN {source}.first_boot IS NULL THEN vehicle_latest.{column} ELSE {source}.{column} END");
        return string.Join(", ", state.Concat(counters));
    }
}
