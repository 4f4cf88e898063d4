using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace Telematics.Storage.Sqlite;

/// <summary>The hot statements, prepared once for the connection that writes.</summary>
internal sealed class SqliteTelemetryStatements(SqliteConnection connection)
{
    private static readonly ConditionalWeakTable<SqliteConnection, SqliteTelemetryStatements> ByConnection = [];

    public SqliteStatement Insert { get; } = new(connection, SqliteTelemetrySql.Insert);

    public SqliteStatement UpsertLatest { get; } = new(connection, SqliteTelemetrySql.UpsertLatest);

    public SqliteStatement UpsertState { get; } = new(connection, SqliteTelemetrySql.UpsertState);

    public SqliteStatement SelectCounters { get; } = new(connection, SqliteTelemetrySql.SelectCounters);

    /// <summary>The statements of a session's connection; they die with it.</summary>
    public static SqliteTelemetryStatements Of(WriteSession session) =>
        ByConnection.GetValue((SqliteConnection)session.Transaction.Connection!, static connection => new SqliteTelemetryStatements(connection));
}
