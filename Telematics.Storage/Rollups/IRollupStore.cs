namespace Telematics.Storage.Rollups;

/// <summary>
/// What the rollups need of a database and what each database does in its own way. Times are microseconds since 1970-01-01
/// UTC. An hour's bucket always holds the samples of its minutes' buckets, also while the hour is not over.
/// </summary>
internal interface IRollupStore
{
    /// <summary>So much time is summed up in one transaction: whole minutes, at most one hour.</summary>
    long MaxPiece { get; }

    /// <summary>So many hours are summed up again in one transaction.</summary>
    int MaxHours { get; }

    /// <summary>Reads noted_before, rolled_up_to and raw_from, and keeps others from doing that until the transaction ends.</summary>
    string LockProgress { get; }

    /// <summary>Notes that samples were added to hours. Each call adds notes of its own, so that one becomes visible together with its samples.</summary>
    ValueTask NoteAsync(IReadOnlyList<VehicleHour> hours, WriteSession session, CancellationToken cancellationToken);

    /// <summary>Removes the notes of hours that are visible now.</summary>
    ValueTask RemoveNotesAsync(IReadOnlyList<VehicleHour> hours, WriteSession session, CancellationToken cancellationToken);

    /// <summary>Sums up the samples of all vehicles; no minute of the range has a bucket yet.</summary>
    /// <param name="from">First minute.</param>
    /// <param name="to">Minute behind the last one.</param>
    /// <param name="session">The transaction.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    ValueTask RollUpAsync(long from, long to, WriteSession session, CancellationToken cancellationToken);

    /// <summary>Sums up hours again, in the place of the buckets that are there.</summary>
    /// <param name="hours">Each one once.</param>
    /// <param name="until">Minute at which to end, also within an hour.</param>
    /// <param name="session">The transaction.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    ValueTask RecomputeAsync(IReadOnlyList<VehicleHour> hours, long until, WriteSession session, CancellationToken cancellationToken);

    /// <summary>Adds buckets of minutes to what is there of their minutes and hours.</summary>
    /// <param name="minutes">Each (vehicle, minute) once, sorted.</param>
    /// <param name="session">The transaction.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    ValueTask MergeAsync(IReadOnlyList<TelemetryBucket> minutes, WriteSession session, CancellationToken cancellationToken);
}
