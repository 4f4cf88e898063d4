using System.Data.Common;
using Microsoft.EntityFrameworkCore.Storage;

namespace Telematics.Storage;

/// <summary>A read transaction over one state of the database. Keep it short: it holds back the reclaiming of space.</summary>
public sealed class ReadSnapshot : IAsyncDisposable
{
    private readonly IDbContextTransaction _transaction;

    internal ReadSnapshot(TelematicsDbContext db, IDbContextTransaction transaction)
    {
        Db = db;
        _transaction = transaction;
    }

    /// <summary>The context, enlisted in the transaction.</summary>
    public TelematicsDbContext Db { get; }

    /// <summary>The transaction, for SQL that bypasses EF Core.</summary>
    public DbTransaction Transaction => _transaction.GetDbTransaction();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await Db.DisposeAsync();
    }
}
