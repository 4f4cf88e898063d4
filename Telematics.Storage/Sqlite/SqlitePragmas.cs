using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Telematics.Storage.Sqlite;

/// <summary>What each connection needs to be told when it is opened.</summary>
internal sealed class SqlitePragmas(StorageOptions options) : DbConnectionInterceptor
{
    // Above the 4 KiB pages of two full batches, so that a checkpoint is not the price of every other commit.
    private const int CheckpointPages = 8_192;

    // What a long read made of the WAL is given back at the next checkpoint.
    private const int LogSizeLimit = 64 * 1024 * 1024;

    private readonly string _read = string.Create(
        CultureInfo.InvariantCulture,
        $"PRAGMA query_only=ON;PRAGMA busy_timeout={options.BusyTimeoutMilliseconds};PRAGMA mmap_size={(long)options.MemoryMapMebibytes << 20};PRAGMA temp_store=MEMORY;");

    // No memory map: the file grows under this connection all the time, and each growth maps it anew.
    // WAL with synchronous=NORMAL: a commit survives the death of the process; after a power cut the newest commits may
    // be gone as a whole, and consumers read them again from the log.
    private readonly string _write = string.Create(
        CultureInfo.InvariantCulture,
        $"PRAGMA busy_timeout={options.BusyTimeoutMilliseconds};PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=OFF;PRAGMA cache_size=-{options.WriteCacheKibibytes};PRAGMA mmap_size=0;PRAGMA temp_store=MEMORY;PRAGMA wal_autocheckpoint={CheckpointPages};PRAGMA journal_size_limit={LogSizeLimit};");

    /// <summary>Sets up the connection that writes.</summary>
    public void ApplyToWriter(SqliteConnection connection) => Execute(connection, _write);

    /// <inheritdoc/>
    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Execute(connection, _read);

    /// <inheritdoc/>
    public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Execute(connection, _read);
        return Task.CompletedTask;
    }

    private static void Execute(DbConnection connection, string pragmas)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // made of numbers above
        command.CommandText = pragmas;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
