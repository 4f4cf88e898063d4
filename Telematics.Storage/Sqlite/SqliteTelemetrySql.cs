using Telematics.Contracts.Telemetry;

namespace Telematics.Storage.Sqlite;

/// <summary>The statements over <c>telemetry</c> and <c>vehicle_latest</c>, made from the signal catalogue.</summary>
internal static class SqliteTelemetrySql
{
    private const string CounterColumns = "first_boot, first_seq, first_seen, second_boot, second_seq, second_seen";

    // Newer by the time that counts; of two at the same time the later message.
    private const string IsNewer =
        "excluded.effective_time > coalesce(vehicle_latest.effective_time, -9223372036854775808) OR (excluded.effective_time = vehicle_latest.effective_time AND excluded.queue_offset >= vehicle_latest.queue_offset)";

    private static readonly string SignalColumns = string.Join(", ", SignalCatalogue.Signals.Select(signal => signal.Column));
    private static readonly string StateColumns = $"time, stored_at, effective_time, queue_index, queue_offset, {SignalColumns}, other";

    /// <summary>Parameters: vehicle, time, store time, signals, other.</summary>
    public static string Insert { get; } =
        $"INSERT INTO telemetry (vehicle_key, time, stored_at, {SignalColumns}, other) VALUES ({Parameters(3 + SignalCatalogue.Count + 1)})";

    /// <summary>Parameters: vehicle, time, store time, effective time, queue index, queue offset, signals, other, six counters.</summary>
    public static string UpsertLatest { get; } = Upsert(withCounters: true);

    /// <summary>The same without the counters, which stay as they are.</summary>
    public static string UpsertState { get; } = Upsert(withCounters: false);

    public static string SelectCounters { get; } = $"SELECT {CounterColumns} FROM vehicle_latest WHERE vehicle_key = ?1";

    public static string SelectLatest { get; } =
        $"SELECT vehicle_key, time, stored_at, queue_index, queue_offset, {SignalColumns} FROM vehicle_latest WHERE time IS NOT NULL";

    /// <summary>Samples from (time, row) on; the index has the row id as its last column, so this is one walk along it.</summary>
    public static string SelectHistory { get; } =
        $"SELECT rowid, time, stored_at, {SignalColumns}, other FROM telemetry WHERE vehicle_key = @vehicle AND time >= @from AND time < @to AND (time > @from OR rowid > @row) ORDER BY time, rowid LIMIT @limit";

    private static string Upsert(bool withCounters)
    {
        var columns = withCounters ? $"{StateColumns}, {CounterColumns}" : StateColumns;
        var newer = StateColumns.Split(", ").Select(column => $"{column} = CASE WHEN {IsNewer} THEN excluded.{column} ELSE vehicle_latest.{column} END");
        var counters = CounterColumns.Split(", ").Select(column => $"{column} = excluded.{column}");
        var set = withCounters ? newer.Concat(counters) : newer;
        return $"INSERT INTO vehicle_latest (vehicle_key, {columns}) VALUES ({Parameters(1 + columns.Split(", ").Length)}) ON CONFLICT (vehicle_key) DO UPDATE SET {string.Join(", ", set)}";
    }

    private static string Parameters(int count) => string.Join(", ", Enumerable.Range(1, count).Select(n => $"?{n}"));
}
