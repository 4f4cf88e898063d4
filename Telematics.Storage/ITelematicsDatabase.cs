namespace Telematics.Storage;

/// <summary>The one way into the database.</summary>
public interface ITelematicsDatabase
{
    /// <summary>A context for reading, without tracking; the caller disposes it.</summary>
    TelematicsDbContext CreateReader();

    /// <summary>Waits for its turn (SQLite has one writer) and begins a write transaction.</summary>
    ValueTask<WriteSession> BeginWriteAsync(CancellationToken cancellationToken);
}
