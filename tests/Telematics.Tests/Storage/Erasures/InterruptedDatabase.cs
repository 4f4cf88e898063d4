using System.Data.Common;
using Telematics.Storage;

namespace Telematics.Tests.Storage.Erasures;

/// <summary>A database that dies: the transaction after the last allowed one is not committed.</summary>
internal sealed class InterruptedDatabase(ITelematicsDatabase inner, int allowed) : ITelematicsDatabase
{
    private int _allowed = allowed;

    public TelematicsDbContext CreateReader() => inner.CreateReader();

    public ValueTask<ReadSnapshot> BeginSnapshotAsync(CancellationToken cancellationToken) => inner.BeginSnapshotAsync(cancellationToken);

    public async ValueTask<WriteSession> BeginWriteAsync(CancellationToken cancellationToken) => new Session(this, await inner.BeginWriteAsync(cancellationToken));

    public bool IsUnavailable(Exception exception) => inner.IsUnavailable(exception);

    public bool IsTooSlow(Exception exception) => inner.IsTooSlow(exception);

    private sealed class Session(InterruptedDatabase database, WriteSession inner) : WriteSession
    {
        public override TelematicsDbContext Db => inner.Db;

        public override DbTransaction Transaction => inner.Transaction;

        public override ValueTask LockRegistryAsync(RegistryAccess access, CancellationToken cancellationToken) => inner.LockRegistryAsync(access, cancellationToken);

        public override ValueTask LockOrderNumbersAsync(CancellationToken cancellationToken) => inner.LockOrderNumbersAsync(cancellationToken);

        public override ValueTask LockWakingAsync(bool isAlone, CancellationToken cancellationToken) => inner.LockWakingAsync(isAlone, cancellationToken);

        public override ValueTask CreateSavepointAsync(string name, CancellationToken cancellationToken) => inner.CreateSavepointAsync(name, cancellationToken);

        public override ValueTask RollbackToSavepointAsync(string name, CancellationToken cancellationToken) => inner.RollbackToSavepointAsync(name, cancellationToken);

        public override ValueTask CommitAsync(CancellationToken cancellationToken) =>
            database._allowed-- > 0 ? inner.CommitAsync(cancellationToken) : throw new InterruptedException();

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}

internal sealed class InterruptedException : Exception;
