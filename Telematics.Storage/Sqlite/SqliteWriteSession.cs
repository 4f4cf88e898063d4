using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Telematics.Storage.Sqlite;

/// <summary>A write transaction on the one connection that writes.</summary>
internal sealed class SqliteWriteSession(SqliteDatabase database, SqliteTelematicsDbContext db, SqliteTransaction transaction) : WriteSession
{
    private bool _committed;
    private bool _disposed;

    /// <inheritdoc/>
    public override TelematicsDbContext Db => db;

    /// <inheritdoc/>
    public override DbTransaction Transaction => transaction;

    /// <inheritdoc/>
    public override ValueTask LockRegistryAsync(RegistryAccess access, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public override ValueTask LockOrderNumbersAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public override ValueTask LockWakingAsync(bool isAlone, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public override async ValueTask CreateSavepointAsync(string name, CancellationToken cancellationToken) =>
        await transaction.SaveAsync(name, cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask RollbackToSavepointAsync(string name, CancellationToken cancellationToken)
    {
        await transaction.RollbackAsync(name, cancellationToken);
        db.ChangeTracker.Clear();
    }

    /// <inheritdoc/>
    public override async ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        await transaction.CommitAsync(cancellationToken);
        _committed = true;
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        var isBroken = true;
        try
        {
            await db.DisposeAsync();
            await transaction.DisposeAsync();
            isBroken = false;
        }
        catch (SqliteException) when (!_committed)
        {
            // The rollback failed, mostly because SQLite had rolled back by itself; the closed connection settles it.
        }
        finally
        {
            database.EndWrite(isBroken);
        }
    }
}
