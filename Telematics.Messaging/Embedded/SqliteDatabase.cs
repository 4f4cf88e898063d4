using SQLitePCL;
using static SQLitePCL.raw;

namespace Telematics.Messaging.Embedded;

/// <summary>
/// One connection to a SQLite file, over the raw API: the append and read paths bind and read spans, which ADO.NET
/// cannot. One thread at a time.
/// </summary>
internal sealed class SqliteDatabase : IDisposable
{
    private readonly sqlite3 _handle;
    private readonly List<SqliteStatement> _statements = [];

    static SqliteDatabase() => Batteries_V2.Init();

    public SqliteDatabase(string path, int busyMilliseconds = 2_000)
    {
        Path = path;
        var result = sqlite3_open_v2(path, out _handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, null);
        if (result != SQLITE_OK)
        {
            var error = Failure(result);
            _handle.Dispose();
            throw error;
        }

        sqlite3_extended_result_codes(_handle, 1);
        sqlite3_busy_timeout(_handle, busyMilliseconds);
    }

    public string Path { get; }

    /// <summary>True while a transaction is open, after an error too.</summary>
    public bool InTransaction => sqlite3_get_autocommit(_handle) == 0;

    public void Execute(string sql)
    {
        var result = sqlite3_exec(_handle, sql);
        if (result != SQLITE_OK)
        {
            throw Failure(result);
        }
    }

    /// <summary>Prepares a statement that lives as long as the connection.</summary>
    public SqliteStatement Prepare(string sql)
    {
        var result = sqlite3_prepare_v3(_handle, sql, SQLITE_PREPARE_PERSISTENT, out var statement);
        if (result != SQLITE_OK)
        {
            throw Failure(result);
        }

        var prepared = new SqliteStatement(this, statement);
        _statements.Add(prepared);
        return prepared;
    }

    /// <summary>Gives up a statement before the connection ends.</summary>
    public void Discard(SqliteStatement statement)
    {
        _statements.Remove(statement);
        statement.Dispose();
    }

    /// <summary>The single number that a query answers, or null.</summary>
    public long? Scalar(string sql)
    {
        using var statement = Prepare(sql);
        _statements.Remove(statement);
        return statement.Step() && !statement.IsNull(0) ? statement.Int64(0) : null;
    }

    /// <summary>Moves what the write-ahead log holds into the file without holding up writers or readers.</summary>
    /// <returns>Pages in the write-ahead log and pages of them that are now in the file.</returns>
    public (int Logged, int Moved) Checkpoint(bool truncate = false)
    {
        var result = sqlite3_wal_checkpoint_v2(_handle, "main", truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, out var logged, out var moved);
        return (result & 0xFF) is SQLITE_OK or SQLITE_BUSY or SQLITE_LOCKED ? (logged, moved) : throw Failure(result);
    }

    public SqliteException Failure(int result) =>
        new(result, $"{Path}: {sqlite3_errmsg(_handle).utf8_to_string()} (SQLite {result})");

    public void Dispose()
    {
        foreach (var statement in _statements)
        {
            statement.Dispose();
        }

        _statements.Clear();
        _handle.Dispose();
    }
}
