using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Telematics.Storage.Sqlite;

/// <summary>What SQLite's error codes mean for who waits (https://www.sqlite.org/rescode.html).</summary>
internal static class SqliteErrors
{
    private const int Internal = 2;
    private const int Permission = 3;
    private const int Busy = 5;
    private const int Locked = 6;
    private const int OutOfMemory = 7;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int Protocol = 15;
    private const int NotADatabase = 26;

    /// <summary>Whether the error is the file's or the disk's, and none of the statement.</summary>
    public static bool IsUnavailable(Exception exception) => exception switch
    {
        SqliteException sqlite => sqlite.SqliteErrorCode
            is Internal or Permission or Busy or Locked or OutOfMemory or ReadOnly or InputOutput or Corrupt or Full or CannotOpen or Protocol or NotADatabase,
        DbUpdateException { InnerException: { } inner } => IsUnavailable(inner),
        IOException or UnauthorizedAccessException => true,
        _ => false,
    };
}
