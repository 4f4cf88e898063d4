using System.Data.Common;
using Npgsql;

namespace Telematics.Storage.Postgres;

/// <summary>A write transaction on a connection from the pool.</summary>
internal sealed class PostgresWriteSession(PostgresDatabase database, NpgsqlConnection connection, NpgsqlTransaction transaction) : WriteSession
{
    private PostgresTelematicsDbContext? _db;
    private bool _disposed;

    /// <inheritdoc/>
    public override TelematicsDbContext Db => _db ??= database.CreateWriter(transaction);

    /// <inheritdoc/>
    public override DbTransaction Transaction => transaction;

    /// <summary>The connection, for COPY.</summary>
    public NpgsqlConnection Connection => connection;

    /// <summary>Watches how many divisions of a table are written into.</summary>
    public DivisionSpread SpreadOver(string table) => new(database.Lengths.Of(table).Ticks / TimeSpan.TicksPerMicrosecond);

    /// <inheritdoc/>
    public override ValueTask LockRegistryAsync(RegistryAccess access, CancellationToken cancellationToken) =>
        LockAsync(access == RegistryAccess.Change ? "pg_advisory_xact_lock" : "pg_advisory_xact_lock_shared", AdvisoryLocks.Registry, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask LockOrderNumbersAsync(CancellationToken cancellationToken) => LockAsync("pg_advisory_xact_lock", AdvisoryLocks.OrderNumbers, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask LockWakingAsync(bool isAlone, CancellationToken cancellationToken) =>
        LockAsync(isAlone ? "pg_advisory_xact_lock" : "pg_advisory_xact_lock_shared", AdvisoryLocks.Waking, cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask CreateSavepointAsync(string name, CancellationToken cancellationToken) =>
        await transaction.SaveAsync(name, cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask RollbackToSavepointAsync(string name, CancellationToken cancellationToken)
    {
        await transaction.RollbackAsync(name, cancellationToken);
        _db?.ChangeTracker.Clear();
    }

    /// <inheritdoc/>
    public override async ValueTask CommitAsync(CancellationToken cancellationToken) => await transaction.CommitAsync(cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        try
        {
            if (_db is not null)
            {
                await _db.DisposeAsync();
            }

            // Rolls back what was not committed; a broken connection has rolled back by itself and leaves the pool.
            await transaction.DisposeAsync();
        }
        catch (Exception exception) when (database.IsUnavailable(exception))
        {
            // The server rolls back when it notices that the connection is gone; what failed before is what is reported.
        }
        finally
        {
            await connection.DisposeAsync();
            database.EndWrite();
        }
    }

    private async ValueTask LockAsync(string function, long key, CancellationToken cancellationToken)
    {
        await using var command = this.CreateCommand($"SELECT {function}(@key)");
        command.AddParameter("@key", key);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
