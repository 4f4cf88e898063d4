namespace Telematics.Storage.Retention;

/// <summary>The time before which samples live in the rollups only.</summary>
internal interface IRawHorizon
{
    /// <summary>
    /// Moves it, after everything before it has been summed up. Only then may samples before it be removed: Ingest puts a
    /// later one straight into the rollups. A time before the present one changes nothing.
    /// </summary>
    /// <param name="rawFrom">UTC, a whole hour that is over.</param>
    /// <param name="cancellationToken">Ends the work; what was summed up stays.</param>
    Task MoveRawFromAsync(DateTime rawFrom, CancellationToken cancellationToken);
}
