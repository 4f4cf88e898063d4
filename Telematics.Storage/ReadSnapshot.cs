using System.Data.Common;

namespace Telematics.Storage;

/// <summary>A read transaction over one state of the database. Keep it short: it holds back the reclaiming of space.</summary>
public sealed class ReadSnapshot : IAsyncDisposable
{
    internal ReadSnapshot(TelematicsDbContext db, DbTransaction transaction)
    {
        Db = db;
        Transaction = transaction;
    }

    /// <summary>The context, enlisted in the transaction.</summary>
    public TelematicsDbContext Db { get; }

    /// <summary>The transaction, for SQL that bypasses EF Core.</summary>
    public DbTransaction Transaction { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The context was only lent the transaction, and goes back to its pool with the connection.
        await Transaction.DisposeAsync();
        await Db.DisposeAsync();
    }
}
