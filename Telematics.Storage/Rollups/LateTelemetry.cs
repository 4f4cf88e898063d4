namespace Telematics.Storage.Rollups;

/// <summary>What Ingest does about samples of times that were summed up already, in the transaction that writes them.</summary>
public sealed class LateTelemetry
{
    private readonly IRollupStore _store;

    internal LateTelemetry(IRollupStore store) => _store = store;

    /// <summary>
    /// Notes the hours of rows that come late; takes out the rows whose time is no longer kept, adds them to the rollups, and
    /// moves the others to the front. The caller holds the registry (<see cref="RegistryAccess.Follow"/> at least): who moves
    /// either time holds it for a change.
    /// </summary>
    /// <param name="rows">Sorted by (vehicle, time).</param>
    /// <param name="session">The transaction.</param>
    /// <param name="cancellationToken">Ends the work; the transaction is then rolled back.</param>
    /// <returns>How many rows remain to be written: the first ones.</returns>
    public async ValueTask<int> TakeAsync(Memory<TelemetryRow> rows, WriteSession session, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (rows.IsEmpty)
        {
            return 0;
        }

        var state = await RollupState.ReadAsync(session, cancellationToken);
        var minutes = new List<TelemetryBucket>();
        var hours = new List<VehicleHour>();
        var kept = Divide(rows.Span, state, minutes, hours);
        if (minutes.Count > 0)
        {
            await _store.MergeAsync(minutes, session, cancellationToken);
        }

        if (hours.Count > 0)
        {
            await _store.NoteAsync(hours, session, cancellationToken);
        }

        return kept;
    }

    private static int Divide(Span<TelemetryRow> rows, RollupState state, List<TelemetryBucket> minutes, List<VehicleHour> hours)
    {
        var kept = 0;
        var bucket = default(TelemetryBucket);
        for (var i = 0; i < rows.Length; i++)
        {
            ref var row = ref rows[i];
            if (row.Time < state.RawFrom)
            {
                var minute = RollupTime.Floor(row.Time, RollupTime.Minute);
                if (bucket.Samples > 0 && (bucket.VehicleKey != row.VehicleKey || bucket.Time != minute))
                {
                    minutes.Add(bucket);
                    bucket = default;
                }

                (bucket.VehicleKey, bucket.Time) = (row.VehicleKey, minute);
                bucket.Add(row.Time, in row.Values);
                continue;
            }

            if (row.Time < state.NotedBefore)
            {
                var hour = new VehicleHour(row.VehicleKey, RollupTime.Floor(row.Time, RollupTime.Hour));
                if (hours.Count == 0 || hours[^1] != hour)
                {
                    hours.Add(hour);
                }
            }

            if (kept < i)
            {
                rows[kept] = row;
            }

            kept++;
        }

        if (bucket.Samples > 0)
        {
            minutes.Add(bucket);
        }

        return kept;
    }
}
