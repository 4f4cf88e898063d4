using System.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.Options;
using Npgsql;
using Telematics.Contracts;
using Telematics.Storage.Retention;

namespace Telematics.Storage.Postgres;

/// <summary>
/// PostgreSQL: a handful of connections in two pools, so that neither readers nor writers can take them all from the others.
/// Writers queue at a gate for theirs, in the order in which they came.
/// </summary>
internal sealed class PostgresDatabase : ITelematicsDatabase, IAsyncDisposable
{
    /// <summary>As many writers as help: two COPY side by side keep the server busier than one, more only wait for each other.</summary>
    private const int MaxWriters = 4;

    private readonly PooledDbContextFactory<PostgresTelematicsDbContext> _readers;
    private readonly DbContextOptions<PostgresTelematicsDbContext> _writerOptions;
    private readonly NpgsqlDataSource _writers;
    private readonly SemaphoreSlim _gate;

    public PostgresDatabase(string connectionString, IOptions<StorageOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var settings = Parse(connectionString, options.Value);
        Settings = settings;
        Lengths = new DivisionLengths(options);

        var writers = Math.Clamp(settings.MaxPoolSize / 2, 1, MaxWriters);
        DataSource = CreatePool(settings, Math.Max(1, settings.MaxPoolSize - writers));

        // Who only answers log-ins writes once, at start, and never while it reads.
        _writers = options.Value.IsForLogInsOnly ? DataSource : CreatePool(settings, writers);
        _gate = new SemaphoreSlim(writers);
        _readers = new PooledDbContextFactory<PostgresTelematicsDbContext>(
            new DbContextOptionsBuilder<PostgresTelematicsDbContext>()
                .UseNpgsql(DataSource)
                .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
                .Options);
        _writerOptions = new DbContextOptionsBuilder<PostgresTelematicsDbContext>().UseNpgsql().Options;
    }

    /// <summary>The connections of this process for all but write sessions.</summary>
    public NpgsqlDataSource DataSource { get; }

    /// <summary>The connection string with everything that was left to the program.</summary>
    public NpgsqlConnectionStringBuilder Settings { get; }

    /// <summary>How long partitions and chunks are.</summary>
    public DivisionLengths Lengths { get; }

    /// <summary>The database, for people: no password.</summary>
    public string Location => $"PostgreSQL database {Settings.Database} on {Settings.Host}:{Settings.Port}";

    /// <inheritdoc/>
    public TelematicsDbContext CreateReader() => _readers.CreateDbContext();

    /// <inheritdoc/>
    public async ValueTask<ReadSnapshot> BeginSnapshotAsync(CancellationToken cancellationToken)
    {
        var db = CreateReader();
        try
        {
            await db.Database.OpenConnectionAsync(cancellationToken);
            var connection = (NpgsqlConnection)db.Database.GetDbConnection();
            var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
            await db.Database.UseTransactionAsync(transaction, cancellationToken);
            return new ReadSnapshot(db, transaction);
        }
        catch
        {
            await db.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<WriteSession> BeginWriteAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        NpgsqlConnection? connection = null;
        try
        {
            connection = await _writers.OpenConnectionAsync(cancellationToken);
            var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);
            return new PostgresWriteSession(this, connection, transaction);
        }
        catch
        {
            if (connection is not null)
            {
                await connection.DisposeAsync();
            }

            _gate.Release();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool IsUnavailable(Exception exception) => PostgresErrors.IsUnavailable(exception);

    /// <inheritdoc/>
    public bool IsTooSlow(Exception exception) => PostgresErrors.IsTooSlow(exception);

    /// <summary>
    /// A connection beside the pool, not open yet, for what belongs to a session and must end with it: a lock, a setting.
    /// The pool hands connections on as they are.
    /// </summary>
    /// <param name="purpose">For the server's list of sessions.</param>
    /// <param name="hasTimeLimit">Whether a statement may only take so long as one on the pool.</param>
    public NpgsqlConnection CreateOwnConnection(string purpose, bool hasTimeLimit = true)
    {
        var settings = new NpgsqlConnectionStringBuilder(Settings.ConnectionString) { Pooling = false, ApplicationName = $"Telematics {purpose}" };
        if (!hasTimeLimit)
        {
            settings.CommandTimeout = 0;
        }

        return new NpgsqlConnection(settings.ConnectionString);
    }

    /// <summary>A context for a writer's connection.</summary>
    internal PostgresTelematicsDbContext CreateWriter(NpgsqlTransaction transaction)
    {
        var db = new PostgresTelematicsDbContext(_writerOptions);
        db.Database.SetDbConnection(transaction.Connection);
        db.Database.UseTransaction(transaction);
        return db;
    }

    /// <summary>A writer's session is over.</summary>
    internal void EndWrite() => _gate.Release();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        await _writers.DisposeAsync();
        _gate.Dispose();
    }

    /// <summary>Without a logger: Npgsql tells every statement at Information, and every failure by an exception as well.</summary>
    private static NpgsqlDataSource CreatePool(NpgsqlConnectionStringBuilder settings, int size)
    {
        var pool = new NpgsqlConnectionStringBuilder(settings.ConnectionString) { MaxPoolSize = size };
        pool.MinPoolSize = Math.Min(pool.MinPoolSize, size);
        return new NpgsqlDataSourceBuilder(pool.ConnectionString).Build();
    }

    private static NpgsqlConnectionStringBuilder Parse(string connectionString, StorageOptions options)
    {
        const string key = $"ConnectionStrings:{StorageOptions.ConnectionStringName}";
        NpgsqlConnectionStringBuilder given;
        try
        {
            given = new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new StartupException($"{key} is no PostgreSQL connection string: {exception.Message} Example: Host=localhost;Database=telematics;Username=telematics;Password=…", exception);
        }

        if (string.IsNullOrWhiteSpace(given.Host))
        {
            throw new StartupException($"{key} names no Host. Example: Host=localhost;Database=telematics;Username=telematics;Password=…");
        }

        if (string.IsNullOrEmpty(given.Database))
        {
            given.Database = "telematics";
        }

        SetDefault(given, "Application Name", "Telematics");
        SetDefault(given, "Maximum Pool Size", options.MaxConnections);
        if (options.IsForLogInsOnly)
        {
            given.MaxPoolSize = 1;
        }

        SetDefault(given, "Max Auto Prepare", 100);
        SetDefault(given, "Keepalive", 30);
        SetDefault(given, "Timeout", 10);

        // A batch that the server needs longer for would be sent again and again.
        SetDefault(given, "Command Timeout", 120);

        // The server notices within two minutes that this machine is gone, and lets go what was locked from here; by its
        // own default it would take two hours.
        SetDefault(given, "Options", "-c tcp_keepalives_idle=60 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=5");

        // What outlives a transaction is one empty temporary table a connection; the reset would drop it each time.
        SetDefault(given, "No Reset On Close", true);
        return given;
    }

    private static void SetDefault(NpgsqlConnectionStringBuilder builder, string keyword, object value)
    {
        if (!builder.ShouldSerialize(keyword))
        {
            builder[keyword] = value;
        }
    }
}
