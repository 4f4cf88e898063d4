namespace Telematics.Storage.Maintenance;

/// <summary>Keeps a <see cref="IMaintenanceTask"/> from running twice at a time over all processes of one database.</summary>
public interface IMaintenanceLock
{
    /// <summary>Takes the lock of a task, or says at once that somebody has it.</summary>
    /// <param name="taskName"><see cref="IMaintenanceTask.Name"/>.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The lock, to be disposed when the run is over; null when a run is under way.</returns>
    ValueTask<MaintenanceLease?> TryTakeAsync(string taskName, CancellationToken cancellationToken);
}

/// <summary>A lock that was taken. Whoever dies gives it back by dying.</summary>
public abstract class MaintenanceLease : IAsyncDisposable
{
    /// <summary>Canceled when the lock was lost before it was given back: somebody else may run now.</summary>
    public abstract CancellationToken Lost { get; }

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
