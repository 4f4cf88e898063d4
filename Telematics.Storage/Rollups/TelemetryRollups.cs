using System.Globalization;
using Telematics.Contracts;
using Telematics.Storage.Retention;

namespace Telematics.Storage.Rollups;

/// <summary>
/// Keeps <c>telemetry_1m</c> and <c>telemetry_1h</c>. How far they are is stored in the transaction that brings them there,
/// so that a process may end anywhere. Several may run at once: each transaction has the row of <c>rollup_progress</c> to
/// itself.
/// </summary>
public sealed class TelemetryRollups : IRawHorizon
{
    /// <summary>A sample younger than this is not waited for when its minute is summed up for the first time.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromMinutes(2);

    private readonly ITelematicsDatabase _database;
    private readonly IRollupStore _store;
    private readonly RollupMetrics _metrics;
    private readonly TimeProvider _clock;

    internal TelemetryRollups(ITelematicsDatabase database, IRollupStore store, RollupMetrics metrics, TimeProvider clock)
    {
        _database = database;
        _store = store;
        _metrics = metrics;
        _clock = clock;
    }

    /// <summary>Sums up what is due: the minutes since the last time, and the hours to which samples came late.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await MoveNotedBeforeAsync(cancellationToken);
        await RollUpAsync(cancellationToken);
        await RecomputeAsync(long.MaxValue, cancellationToken);
    }

    /// <summary>
    /// Moves the time before which samples are in the rollups only, after all that is before it has been summed up. The
    /// caller may then drop the samples before it: a sample that comes later goes into the rollups at once.
    /// </summary>
    /// <param name="rawFrom">UTC, a whole hour that is over since two minutes; a time before the present one changes nothing.</param>
    /// <param name="cancellationToken">Ends the work; what was summed up stays.</param>
    /// <exception cref="ArgumentOutOfRangeException">No whole hour, or not over yet.</exception>
    public async Task MoveRawFromAsync(DateTime rawFrom, CancellationToken cancellationToken)
    {
        var target = UnixTime.ToMicroseconds(rawFrom);
        if (rawFrom.Kind != DateTimeKind.Utc || rawFrom.Ticks % TimeSpan.TicksPerHour != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(rawFrom), rawFrom, "rawFrom must be a whole hour in UTC.");
        }

        await MoveNotedBeforeAsync(cancellationToken);
        var reached = await RollUpAsync(cancellationToken);
        if (reached.RolledUpTo < target)
        {
            throw new ArgumentOutOfRangeException(
                nameof(rawFrom),
                rawFrom,
                string.Create(CultureInfo.InvariantCulture, $"rawFrom must not be behind {UnixTime.ToDateTime(reached.RolledUpTo):O}, up to which telemetry is summed up."));
        }

        do
        {
            await RecomputeAsync(target, cancellationToken);
        }
        while (!await TryMoveRawFromAsync(target, cancellationToken));
    }

    /// <summary>
    /// From now on Ingest notes the hour of what comes before a time, so that the minutes before it can be summed up. The
    /// registry is held for a change: transactions of Ingest that have not seen that end first, and later ones see it.
    /// </summary>
    private async Task MoveNotedBeforeAsync(CancellationToken cancellationToken)
    {
        var target = RollupTime.Floor(UnixTime.ToMicroseconds(_clock.GetUtcNow().UtcDateTime - Settle), RollupTime.Minute);
        await using var session = await _database.BeginWriteAsync(cancellationToken);
        var state = await LockAsync(session, cancellationToken);
        if (target <= state.NotedBefore)
        {
            return;
        }

        await session.LockRegistryAsync(RegistryAccess.Change, cancellationToken);
        await (state with { NotedBefore = target }).WriteAsync(session, cancellationToken);
        await session.CommitAsync(cancellationToken);
    }

    private async Task<RollupState> RollUpAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await using var session = await _database.BeginWriteAsync(cancellationToken);
            var state = await LockAsync(session, cancellationToken);
            if (state.RolledUpTo >= state.NotedBefore)
            {
                _metrics.RolledUp(UnixTime.ToDateTime(state.RolledUpTo));
                return state;
            }

            var end = Math.Min(state.NotedBefore, state.RolledUpTo + _store.MaxPiece);
            await _store.RollUpAsync(state.RolledUpTo, end, session, cancellationToken);
            await (state with { RolledUpTo = end }).WriteAsync(session, cancellationToken);
            await session.CommitAsync(cancellationToken);
            _metrics.RolledUp(UnixTime.ToDateTime(end));
        }
    }

    /// <summary>Goes once through the noted hours that begin before a time.</summary>
    private async Task RecomputeAsync(long before, CancellationToken cancellationToken)
    {
        VehicleHour? behind = new VehicleHour(long.MinValue, long.MinValue);
        while (behind is { } place)
        {
            await using var session = await _database.BeginWriteAsync(cancellationToken);
            var state = await LockAsync(session, cancellationToken);
            var hours = await ReadNotesAsync(place, before, session, cancellationToken);
            await RecomputeAsync(hours, state, session, cancellationToken);
            await session.CommitAsync(cancellationToken);
            _metrics.Recomputed(hours.Count);
            behind = hours.Count == 0 ? null : hours[^1];
        }
    }

    /// <summary>
    /// The notes go first, then samples are read: what was noted is seen, and a note that comes between stays. Minutes that
    /// were not summed up yet are left to <see cref="RollUpAsync"/>, and an hour without samples to its buckets.
    /// </summary>
    private async Task RecomputeAsync(List<VehicleHour> hours, RollupState state, WriteSession session, CancellationToken cancellationToken)
    {
        if (hours.Count == 0)
        {
            return;
        }

        await _store.RemoveNotesAsync(hours, session, cancellationToken);
        var due = hours.FindAll(noted => noted.Hour >= state.RawFrom && noted.Hour < state.RolledUpTo);
        if (due.Count > 0)
        {
            await _store.RecomputeAsync(due, state.RolledUpTo, session, cancellationToken);
        }
    }

    /// <summary>While Ingest stands still: what it has noted meanwhile is done here, unless it is too much.</summary>
    private async Task<bool> TryMoveRawFromAsync(long target, CancellationToken cancellationToken)
    {
        await using var session = await _database.BeginWriteAsync(cancellationToken);
        var state = await LockAsync(session, cancellationToken);
        if (target <= state.RawFrom)
        {
            return true;
        }

        await session.LockRegistryAsync(RegistryAccess.Change, cancellationToken);
        var hours = await ReadNotesAsync(new VehicleHour(long.MinValue, long.MinValue), target, session, cancellationToken);
        if (hours.Count >= _store.MaxHours)
        {
            return false;
        }

        await RecomputeAsync(hours, state, session, cancellationToken);
        await (state with { RawFrom = target }).WriteAsync(session, cancellationToken);
        await session.CommitAsync(cancellationToken);
        return true;
    }

    private async ValueTask<RollupState> LockAsync(WriteSession session, CancellationToken cancellationToken)
    {
        await using var command = session.CreateCommand(_store.LockProgress);
        return await RollupState.ReadAsync(command, cancellationToken);
    }

    private async Task<List<VehicleHour>> ReadNotesAsync(VehicleHour behind, long before, WriteSession session, CancellationToken cancellationToken)
    {
        await using var command = session.CreateCommand(RollupSql.SelectNotes);
        command.AddParameter("@vehicle", behind.VehicleKey);
        command.AddParameter("@hour", Time(behind.Hour));
        command.AddParameter("@before", Time(before));
        command.AddParameter("@limit", (long)_store.MaxHours);
        var hours = new List<VehicleHour>();
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            hours.Add(new VehicleHour(rows.GetInt64(0), rows.GetUnixMicroseconds(1)));
        }

        return hours;
    }

    private static DateTime Time(long microseconds) => microseconds switch
    {
        long.MinValue => DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc),
        long.MaxValue => DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc),
        _ => UnixTime.ToDateTime(microseconds),
    };
}
