using System.Data;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.Options;

namespace Telematics.Storage.Sqlite;

/// <summary>
/// The SQLite file: pooled connections that read, and one that writes. Writers of this process queue at a gate in the
/// order in which they came; SQLite's own lock would let them starve and make them sleep on their threads.
/// </summary>
internal sealed class SqliteDatabase : ITelematicsDatabase, IAsyncDisposable
{
    private readonly StorageOptions _options;
    private readonly SqlitePragmas _pragmas;
    private readonly PooledDbContextFactory<SqliteTelematicsDbContext> _readers;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly string _readConnectionString;
    private SqliteConnection? _writer;
    private DbContextOptions<SqliteTelematicsDbContext>? _writerOptions;
    private bool _disposed;

    public SqliteDatabase(IOptions<StorageOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Value;
        Path = System.IO.Path.Combine(System.IO.Path.GetFullPath(_options.DataDirectory), "telematics.db");
        _pragmas = new SqlitePragmas(_options);
        _readConnectionString = ConnectionString(SqliteOpenMode.ReadWrite, pooling: true);
        _readers = new PooledDbContextFactory<SqliteTelematicsDbContext>(
            new DbContextOptionsBuilder<SqliteTelematicsDbContext>()
                .UseSqlite(_readConnectionString)
                .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
                .AddInterceptors(_pragmas)
                .Options);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public TelematicsDbContext CreateReader() => _readers.CreateDbContext();

    /// <inheritdoc/>
    public async ValueTask<ReadSnapshot> BeginSnapshotAsync(CancellationToken cancellationToken)
    {
        var db = CreateReader();
        try
        {
            await db.Database.OpenConnectionAsync(cancellationToken);
            var connection = (SqliteConnection)db.Database.GetDbConnection();
            // Deferred: a reader in WAL mode sees the state of its first query and stops nobody.
            var transaction = connection.BeginTransaction(deferred: true);
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
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var connection = OpenWriter();
            var transaction = connection.BeginTransaction(IsolationLevel.Serializable, deferred: false);
            var db = new SqliteTelematicsDbContext(_writerOptions!);
            db.Database.UseTransaction(transaction);
            return new SqliteWriteSession(this, db, transaction);
        }
        catch
        {
            CloseWriter();
            _gate.Release();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool IsUnavailable(Exception exception) => SqliteErrors.IsUnavailable(exception);

    /// <inheritdoc/>
    /// <remarks>Nobody limits a statement here.</remarks>
    public bool IsTooSlow(Exception exception) => false;

    /// <summary>The session is over.</summary>
    /// <param name="isBroken">Its transaction may still be open: a new connection is safe, this one is not.</param>
    internal void EndWrite(bool isBroken)
    {
        if (isBroken)
        {
            CloseWriter();
        }

        _gate.Release();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync();
        _disposed = true;
        CloseWriter();
        _gate.Release();
        using var pool = new SqliteConnection(_readConnectionString);
        SqliteConnection.ClearPool(pool);
    }

    private SqliteConnection OpenWriter()
    {
        if (_writer is null)
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
            var connection = new SqliteConnection(ConnectionString(SqliteOpenMode.ReadWriteCreate, pooling: false));
            try
            {
                connection.Open();
                _pragmas.ApplyToWriter(connection);
            }
            catch
            {
                connection.Dispose();
                throw;
            }

            _writer = connection;
            _writerOptions = new DbContextOptionsBuilder<SqliteTelematicsDbContext>().UseSqlite(connection).Options;
        }

        return _writer;
    }

    private void CloseWriter()
    {
        _writer?.Dispose();
        _writer = null;
        _writerOptions = null;
    }

    private string ConnectionString(SqliteOpenMode mode, bool pooling) =>
        new SqliteConnectionStringBuilder
        {
            DataSource = Path,
            Mode = mode,
            Pooling = pooling,
            ForeignKeys = false,
            DefaultTimeout = Math.Max(1, _options.BusyTimeoutMilliseconds / 1_000),
        }.ConnectionString;
}
