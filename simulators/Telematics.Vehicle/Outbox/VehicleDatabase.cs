using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace Telematics.Vehicle.Outbox;

/// <summary>
/// The client's file: what waits, what is on its way, the counter, and the commands it knows. Every change is on disk
/// before the call returns (<c>synchronous=FULL</c>): a number that a power cut took back would be given twice, and the
/// second message would count as a repeat of the first.
/// </summary>
internal sealed class VehicleDatabase : IDisposable
{
    // SQLITE_CORRUPT, SQLITE_NOTADB
    private static readonly int[] Damaged = [11, 26];

    private readonly SqliteConnection _connection;

    private VehicleDatabase(SqliteConnection connection) => _connection = connection;

    /// <summary>Held for every use of the connection.</summary>
    public Lock Lock { get; } = new();

    /// <summary>Opens or makes <c>vehicle.db</c> in a folder; a damaged file is moved aside and a new counter begins.</summary>
    public static VehicleDatabase Open(string folder, TimeProvider clock, ILogger logger)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "vehicle.db");
        try
        {
            return OpenFile(path);
        }
        catch (SqliteException e) when (Damaged.Contains(e.SqliteErrorCode))
        {
            var aside = $"{path}.damaged-{clock.GetUtcNow():yyyyMMddHHmmss}";
            foreach (var suffix in new[] { "", "-wal", "-shm" })
            {
                if (File.Exists(path + suffix))
                {
                    File.Move(path + suffix, aside + suffix, overwrite: true);
                }
            }

            logger.DatabaseDamaged(path, aside);
            return OpenFile(path);
        }
    }

    /// <summary>A command; the caller holds <see cref="Lock"/> and disposes it.</summary>
    public SqliteCommand Command(string sql, params ReadOnlySpan<object?> values)
    {
        var command = _connection.CreateCommand();
#pragma warning disable CA2100 // constants of this project; values travel as parameters
        command.CommandText = sql;
#pragma warning restore CA2100
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters.AddWithValue($"${i + 1}", values[i] ?? DBNull.Value);
        }

        return command;
    }

    /// <summary>Runs a statement; the caller holds <see cref="Lock"/>.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values)
    {
        using var command = Command(sql, values);
        return command.ExecuteNonQuery();
    }

    /// <summary>One number; the caller holds <see cref="Lock"/>.</summary>
    public long Scalar(string sql, params ReadOnlySpan<object?> values)
    {
        using var command = Command(sql, values);
        return Convert.ToInt64(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>A transaction; the caller holds <see cref="Lock"/>. Not committed means rolled back.</summary>
    public SqliteTransaction Begin() => _connection.BeginTransaction();

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (Lock)
        {
            _connection.Dispose();
        }
    }

    private static VehicleDatabase OpenFile(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 1 }.ToString());
        try
        {
            connection.Open();
            var database = new VehicleDatabase(connection);
            // Exclusive: a second client on the same file would give the same numbers.
            database.Execute("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
            database.Execute(
                """
                CREATE TABLE IF NOT EXISTS counter (boot INTEGER NOT NULL, next_seq INTEGER NOT NULL);
                CREATE TABLE IF NOT EXISTS sample (id INTEGER PRIMARY KEY AUTOINCREMENT, json BLOB NOT NULL);
                CREATE TABLE IF NOT EXISTS publish (id INTEGER PRIMARY KEY AUTOINCREMENT, handed_over INTEGER NOT NULL, topic TEXT NOT NULL,
                    content_type TEXT NOT NULL, correlation_data BLOB, body BLOB NOT NULL);
                CREATE TABLE IF NOT EXISTS command (command_id TEXT NOT NULL PRIMARY KEY, type TEXT NOT NULL, is_final INTEGER NOT NULL,
                    topic TEXT NOT NULL, correlation_data BLOB, answer BLOB NOT NULL, taken_at INTEGER NOT NULL);
                CREATE TABLE IF NOT EXISTS newest_order (type TEXT NOT NULL PRIMARY KEY, "order" INTEGER NOT NULL);
                CREATE TABLE IF NOT EXISTS setting (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL);
                """);
            // Random, not the clock: a car's clock may start in 1970 twice. 53 bits are exact in every JSON reader.
            database.Execute(
                "INSERT INTO counter (boot, next_seq) SELECT $1, 0 WHERE NOT EXISTS (SELECT 1 FROM counter)",
                BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))) & ((1L << 53) - 1));
            return database;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
