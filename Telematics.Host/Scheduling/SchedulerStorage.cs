using Hangfire;
using Hangfire.InMemory;
using Hangfire.PostgreSql;
using Npgsql;
using Telematics.Storage;
using Telematics.Storage.Postgres;

namespace Telematics.Host.Scheduling;

/// <summary>
/// Where Hangfire keeps what is planned: PostgreSQL (schema <c>hangfire</c>) when the telemetry is there, so that several
/// processes share one plan; else this process's memory, which is planned anew at each start.
/// </summary>
#pragma warning disable CA1001 // a SemaphoreSlim whose wait handle nobody asks for holds nothing
internal sealed class SchedulerStorage(ITelematicsDatabase database, ILoggerFactory loggers)
#pragma warning restore CA1001
{
    private const string Schema = "hangfire";

    private readonly SemaphoreSlim _opening = new(1, 1);
    private volatile JobStorage? _storage;

    /// <summary>The storage, once it has been opened; null before.</summary>
    public JobStorage? Current => _storage;

    /// <summary>The storage.</summary>
    /// <exception cref="InvalidOperationException">It has not been opened yet.</exception>
    public JobStorage Value => _storage ?? throw new InvalidOperationException("The scheduler has not started yet.");

    /// <summary>Where that is, for people.</summary>
    public string Location => database is PostgresDatabase ? $"PostgreSQL, schema {Schema}" : "memory";

    /// <summary>Opens it; in PostgreSQL makes or updates Hangfire's tables.</summary>
    public async Task<JobStorage> OpenAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            HangfireLog.Use(loggers);
            return _storage ??= database is PostgresDatabase postgres
                ? await OpenPostgresAsync(postgres, cancellationToken)
                : new InMemoryStorage(new InMemoryStorageOptions());
        }
        finally
        {
            _opening.Release();
        }
    }

    private static async Task<JobStorage> OpenPostgresAsync(PostgresDatabase postgres, CancellationToken cancellationToken)
    {
        // On a connection of its own: Hangfire's scripts set the search path, which a connection of the pool would keep.
        await using (var connection = postgres.CreateOwnConnection("scheduler set-up"))
        {
            await connection.OpenAsync(cancellationToken);

            // Of several processes that start together one makes the tables; the lock ends with the connection.
            await using (var command = connection.CreateCommand())
            {
                command.CommandText = "SELECT pg_advisory_lock(@key)";
                command.Parameters.AddWithValue("key", AdvisoryLocks.SchedulerSetUp);
                await command.ExecuteNonQueryAsync(cancellationToken);
            }

            PostgreSqlObjectsInstaller.Install(connection, Schema);
        }

        return new PostgreSqlStorage(new PooledConnections(postgres.DataSource), new PostgreSqlStorageOptions
        {
            SchemaName = Schema,
            PrepareSchemaIfNecessary = false,

            // A job of this process wakes its workers at once; this is for jobs that another process enqueued.
            QueuePollInterval = TimeSpan.FromSeconds(15),
            UseSlidingInvisibilityTimeout = true,
            InvisibilityTimeout = TimeSpan.FromMinutes(5),
            StartupConnectionMaxRetries = 0,
            AllowDegradedModeWithoutStorage = false,
        });
    }

    /// <summary>The connections of the whole process: Hangfire takes one for a statement or two and gives it back.</summary>
    private sealed class PooledConnections(NpgsqlDataSource source) : IConnectionFactory
    {
        /// <inheritdoc/>
        public NpgsqlConnection GetOrCreateConnection() => source.CreateConnection();
    }
}
