using SQLitePCL;
using static SQLitePCL.raw;

namespace Telematics.Messaging.Embedded;

/// <summary>A prepared statement.</summary>
internal sealed class SqliteStatement(SqliteDatabase database, sqlite3_stmt handle) : IDisposable
{
    public void Bind(int index, long value) => Check(sqlite3_bind_int64(handle, index, value));

    public void Bind(int index, string value) => Check(sqlite3_bind_text(handle, index, value));

    public void Bind(int index, ReadOnlySpan<byte> value) => Check(sqlite3_bind_blob(handle, index, value));

    /// <summary>Goes to the next row; false at the end.</summary>
    /// <exception cref="SqliteException">The statement failed; it has been reset.</exception>
    public bool Step()
    {
        var result = sqlite3_step(handle);
        if (result is SQLITE_ROW or SQLITE_DONE)
        {
            return result == SQLITE_ROW;
        }

        var failure = database.Failure(result);
        sqlite3_reset(handle);
        throw failure;
    }

    /// <summary>Runs a statement that answers nothing.</summary>
    public void Run()
    {
        Step();
        Reset();
    }

    public void Reset() => sqlite3_reset(handle);

    public bool IsNull(int column) => sqlite3_column_type(handle, column) == SQLITE_NULL;

    public long Int64(int column) => sqlite3_column_int64(handle, column);

    public string Text(int column) => sqlite3_column_text(handle, column).utf8_to_string();

    /// <summary>Valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> Blob(int column) => sqlite3_column_blob(handle, column);

    public void Dispose() => handle.Dispose();

    private void Check(int result)
    {
        if (result != SQLITE_OK)
        {
            throw database.Failure(result);
        }
    }
}
