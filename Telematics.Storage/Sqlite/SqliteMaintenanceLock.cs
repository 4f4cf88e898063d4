using System.Collections.Concurrent;
using Telematics.Storage.Maintenance;

namespace Telematics.Storage.Sqlite;

/// <summary>A SQLite file belongs to one process, so a lock in its memory is as good as one in the file.</summary>
internal sealed class SqliteMaintenanceLock : IMaintenanceLock
{
    private readonly ConcurrentDictionary<string, bool> _taken = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public ValueTask<MaintenanceLease?> TryTakeAsync(string taskName, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(_taken.TryAdd(taskName, true) ? new Lease(this, taskName) : null);
    }

    private sealed class Lease(SqliteMaintenanceLock owner, string taskName) : MaintenanceLease
    {
        /// <inheritdoc/>
        public override CancellationToken Lost => CancellationToken.None;

        /// <inheritdoc/>
        public override ValueTask DisposeAsync()
        {
            owner._taken.TryRemove(taskName, out _);
            return ValueTask.CompletedTask;
        }
    }
}
