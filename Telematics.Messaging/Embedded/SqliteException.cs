using static SQLitePCL.raw;

namespace Telematics.Messaging.Embedded;

/// <summary>SQLite answered an error.</summary>
internal sealed class SqliteException(int result, string message) : Exception(message)
{
    /// <summary>The file's content is damaged, as against a disk that is full, slow or away.</summary>
    public bool IsDamage => (result & 0xFF) is SQLITE_CORRUPT or SQLITE_NOTADB;

    /// <summary>Another connection holds the file.</summary>
    public bool IsLocked => (result & 0xFF) is SQLITE_BUSY or SQLITE_LOCKED;

    /// <summary>No space left.</summary>
    public bool IsFull => (result & 0xFF) == SQLITE_FULL;
}
