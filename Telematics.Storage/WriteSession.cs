using System.Data.Common;

namespace Telematics.Storage;

/// <summary>
/// One write transaction with a context and connection of its own. Not committed means rolled back when disposed.
/// On SQLite it holds the process's one write slot, so keep it short and wait for nothing else inside.
/// </summary>
public abstract class WriteSession : IAsyncDisposable
{
    /// <summary>The context, enlisted in <see cref="Transaction"/>.</summary>
    public abstract TelematicsDbContext Db { get; }

    /// <summary>The transaction, for SQL that bypasses EF Core; its connection is <see cref="DbTransaction.Connection"/>.</summary>
    public abstract DbTransaction Transaction { get; }

    /// <summary>Commits.</summary>
    public abstract ValueTask CommitAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
