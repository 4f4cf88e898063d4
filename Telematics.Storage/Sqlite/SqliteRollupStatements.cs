using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Telematics.Storage.Retention;
using Telematics.Storage.Rollups;

namespace Telematics.Storage.Sqlite;

/// <summary>The statements over the rollups, prepared once for the connection that writes.</summary>
internal sealed class SqliteRollupStatements(SqliteConnection connection)
{
    private static readonly ConditionalWeakTable<SqliteConnection, SqliteRollupStatements> ByConnection = [];

    private static readonly string Parameters = string.Join(", ", Enumerable.Range(1, RollupSql.ColumnCount).Select(n => $"?{n}"));

    public SqliteStatement Note { get; } = new(connection, "INSERT INTO telemetry_late_hour (vehicle_key, hour) VALUES (?1, ?2)");

    public SqliteStatement RemoveNotes { get; } = new(connection, "DELETE FROM telemetry_late_hour WHERE vehicle_key = ?1 AND hour = ?2");

    /// <summary>The vehicle with samples behind another one: one step along the index.</summary>
    public SqliteStatement NextVehicle { get; } = new(connection, "SELECT min(vehicle_key) FROM telemetry WHERE vehicle_key > ?1");

    public SqliteStatement SelectSamples { get; } = new(
        connection,
        "SELECT time, speed, traveled_distance, pack_voltage, pack_current, latitude, longitude FROM telemetry WHERE vehicle_key = ?1 AND time >= ?2 AND time < ?3 ORDER BY time");

    public SqliteStatement ReplaceMinute { get; } = new(connection, Insert(TimeSeriesTables.Minutes, RollupSql.OnConflictReplace));

    public SqliteStatement ReplaceHour { get; } = new(connection, Insert(TimeSeriesTables.Hours, RollupSql.OnConflictReplace));

    public SqliteStatement MergeMinute { get; } = new(connection, Insert(TimeSeriesTables.Minutes, RollupSql.OnConflictMerge(TimeSeriesTables.Minutes, "min", "max")));

    public SqliteStatement MergeHour { get; } = new(connection, Insert(TimeSeriesTables.Hours, RollupSql.OnConflictMerge(TimeSeriesTables.Hours, "min", "max")));

    /// <summary>The statements of a session's connection; they die with it.</summary>
    public static SqliteRollupStatements Of(WriteSession session) =>
        ByConnection.GetValue((SqliteConnection)session.Transaction.Connection!, static connection => new SqliteRollupStatements(connection));

    private static string Insert(string table, string onConflict) => $"INSERT INTO {table} ({RollupSql.Columns}) VALUES ({Parameters}) {onConflict}";
}
