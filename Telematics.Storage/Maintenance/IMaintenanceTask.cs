namespace Telematics.Storage.Maintenance;

/// <summary>
/// Recurring work on the database. The Host's scheduler runs it, never twice at a time over all processes of one database.
/// A run that is ended in the middle, or killed, is made up by the next one.
/// </summary>
public interface IMaintenanceTask
{
    /// <summary>Name for the operator, lower case with hyphens.</summary>
    string Name { get; }

    /// <summary>When it runs, as a cron expression of five fields, in UTC.</summary>
    string Schedule { get; }

    /// <summary>Does what is due.</summary>
    Task RunAsync(CancellationToken cancellationToken);
}
