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

    /// <summary>
    /// Holds the registry until the transaction ends. <see cref="RegistryAccess.Change"/> is taken before the next number
    /// of <c>registry_change</c>, so that numbers become visible in their order; <see cref="RegistryAccess.Follow"/> by who
    /// writes what depends on it. SQLite has one writer, which is as good.
    /// </summary>
    public abstract ValueTask LockRegistryAsync(RegistryAccess access, CancellationToken cancellationToken);

    /// <summary>
    /// Holds the giving of order numbers (<see cref="Model.Command.Order"/>) until the transaction ends, so that commands
    /// become visible in their order. SQLite has one writer, which is as good.
    /// </summary>
    public abstract ValueTask LockOrderNumbersAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Holds the waking of orders until the transaction ends: shared by who changes what orders wait for (presence,
    /// deliveries), alone by who looks whether an order that was put to rest was passed over by one of them. SQLite has one
    /// writer, which is as good.
    /// </summary>
    public abstract ValueTask LockWakingAsync(bool isAlone, CancellationToken cancellationToken);

    /// <summary>Marks a place to come back to with <see cref="RollbackToSavepointAsync"/>.</summary>
    public abstract ValueTask CreateSavepointAsync(string name, CancellationToken cancellationToken);

    /// <summary>Undoes what was written since the place was marked; the context forgets what it tracks.</summary>
    public abstract ValueTask RollbackToSavepointAsync(string name, CancellationToken cancellationToken);

    /// <summary>Commits.</summary>
    public abstract ValueTask CommitAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

/// <summary>How a transaction uses the registry.</summary>
public enum RegistryAccess
{
    /// <summary>It depends on it: many at a time, none beside a change.</summary>
    Follow,

    /// <summary>It changes it: one at a time.</summary>
    Change,
}
