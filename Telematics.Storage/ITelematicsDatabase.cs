namespace Telematics.Storage;

/// <summary>The one way into the database.</summary>
public interface ITelematicsDatabase
{
    /// <summary>A context for reading, without tracking; the caller disposes it.</summary>
    TelematicsDbContext CreateReader();

    /// <summary>A context whose queries all see one state of the database: everything that was committed when the first of them ran.</summary>
    ValueTask<ReadSnapshot> BeginSnapshotAsync(CancellationToken cancellationToken);

    /// <summary>Waits for its turn (SQLite has one writer) and begins a write transaction.</summary>
    ValueTask<WriteSession> BeginWriteAsync(CancellationToken cancellationToken);

    /// <summary>Whether an exception means that the database is away, locked or full: waiting helps, and it says nothing about the rows.</summary>
    bool IsUnavailable(Exception exception);

    /// <summary>Whether an exception, one of those for which waiting helps, means that a statement took longer than it may: with fewer rows it may pass.</summary>
    bool IsTooSlow(Exception exception);
}
