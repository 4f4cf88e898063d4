using System.Data.Common;
using Telematics.Contracts;
using Telematics.Storage.Retention;
using Telematics.Storage.Rollups;

namespace Telematics.Storage.Postgres;

/// <summary>Rollups in PostgreSQL: the server sums up, no sample leaves it.</summary>
internal sealed class PostgresRollupStore : IRollupStore
{
    /// <summary>2000-01-01, a whole hour: hours are counted from it.</summary>
    private const long Origin = 946_684_800_000_000;

    /// <inheritdoc/>
    /// <remarks>Each piece reads the whole chunk or partition, since no index is on time alone.</remarks>
    public long MaxPiece => RollupTime.Hour;

    /// <inheritdoc/>
    public int MaxHours => 1_000;

    /// <inheritdoc/>
    public string LockProgress => PostgresRollupSql.LockProgress;

    /// <inheritdoc/>
    public ValueTask NoteAsync(IReadOnlyList<VehicleHour> hours, WriteSession session, CancellationToken cancellationToken) =>
        ExecuteAsync(PostgresRollupSql.Note, session, command => AddHours(command, hours), cancellationToken);

    /// <inheritdoc/>
    public ValueTask RemoveNotesAsync(IReadOnlyList<VehicleHour> hours, WriteSession session, CancellationToken cancellationToken) =>
        ExecuteAsync(PostgresRollupSql.RemoveNotes, session, command => AddHours(command, hours), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask RollUpAsync(long from, long to, WriteSession session, CancellationToken cancellationToken)
    {
        await BeginStageAsync(session, cancellationToken);
        await ExecuteAsync(PostgresRollupSql.StageRange, session, command => AddRange(command, from, to), cancellationToken);
        await ExecuteAsync(PostgresRollupSql.ReplaceMinutes, session, null, cancellationToken);
        await ExecuteAsync(PostgresRollupSql.MergeHours, session, null, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask RecomputeAsync(IReadOnlyList<VehicleHour> hours, long until, WriteSession session, CancellationToken cancellationToken)
    {
        await BeginStageAsync(session, cancellationToken);
        await ExecuteAsync(
            PostgresRollupSql.StageHours,
            session,
            command =>
            {
                AddHours(command, hours);
                AddRange(command, hours.Min(hour => hour.Hour), hours.Max(hour => hour.Hour) + RollupTime.Hour);
                command.AddParameter("@until", UnixTime.ToDateTime(until));
            },
            cancellationToken);
        await ExecuteAsync(PostgresRollupSql.ReplaceMinutes, session, null, cancellationToken);
        await ExecuteAsync(PostgresRollupSql.ReplaceHours, session, null, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask MergeAsync(IReadOnlyList<TelemetryBucket> minutes, WriteSession session, CancellationToken cancellationToken)
    {
        CheckSpread(minutes, (PostgresWriteSession)session);
        await BeginStageAsync(session, cancellationToken);
        await using (var copy = await CopyStream.BeginAsync((PostgresWriteSession)session, PostgresRollupSql.CopyStage, cancellationToken))
        {
            foreach (var minute in minutes)
            {
                Encode(copy.Buffer, in minute);
                if (copy.Buffer.IsFull)
                {
                    await copy.FlushAsync(cancellationToken);
                }
            }

            await copy.CompleteAsync(cancellationToken);
        }

        await ExecuteAsync(PostgresRollupSql.MergeMinutes, session, null, cancellationToken);
        await ExecuteAsync(PostgresRollupSql.MergeHours, session, null, cancellationToken);
    }

    private static void CheckSpread(IReadOnlyList<TelemetryBucket> minutes, PostgresWriteSession session)
    {
        var spread = session.SpreadOver(TimeSeriesTables.Minutes);
        foreach (var minute in minutes)
        {
            spread.Add(minute.Time);
        }
    }

    private static void Encode(CopyBuffer buffer, in TelemetryBucket bucket)
    {
        buffer.Row(RollupSql.ColumnCount);
        buffer.Bigint(bucket.VehicleKey);
        buffer.Timestamp(bucket.Time);
        buffer.Timestamp(bucket.FirstTime);
        buffer.Timestamp(bucket.LastTime);
        buffer.Double(bucket.SpeedCount > 0 ? bucket.SpeedSum : null);
        buffer.Timestamp(bucket.SpeedCount > 0 ? bucket.SpeedLastTime : null);
        buffer.Bigint(bucket.DistanceFrom);
        buffer.Bigint(bucket.DistanceTo);
        buffer.Double(bucket.PowerCount > 0 ? bucket.PowerSum : null);
        Encode(buffer, bucket.FirstPosition);
        Encode(buffer, bucket.LastPosition);
        buffer.Integer((int)bucket.Samples);
        buffer.Integer((int)bucket.SpeedCount);
        buffer.Real(bucket.SpeedCount > 0 ? bucket.SpeedMin : null);
        buffer.Real(bucket.SpeedCount > 0 ? bucket.SpeedMax : null);
        buffer.Real(bucket.SpeedCount > 0 ? bucket.SpeedLast : null);
        buffer.Integer((int)bucket.PowerCount);
    }

    private static void Encode(CopyBuffer buffer, PositionFix? position)
    {
        buffer.Double(position?.Latitude);
        buffer.Double(position?.Longitude);
        buffer.Timestamp(position?.Time);
    }

    private static async Task BeginStageAsync(WriteSession session, CancellationToken cancellationToken)
    {
        await ExecuteAsync(PostgresRollupSql.CreateStage, session, null, cancellationToken);
        await ExecuteAsync(PostgresRollupSql.EmptyStage, session, null, cancellationToken);
    }

    private static void AddHours(DbCommand command, IReadOnlyList<VehicleHour> hours)
    {
        command.AddParameter("@vehicles", hours.Select(hour => hour.VehicleKey).ToArray());
        command.AddParameter("@hours", hours.Select(hour => (int)((hour.Hour - Origin) / RollupTime.Hour)).ToArray());
    }

    private static void AddRange(DbCommand command, long from, long to)
    {
        command.AddParameter("@from", UnixTime.ToDateTime(from));
        command.AddParameter("@to", UnixTime.ToDateTime(to));
    }

    private static async ValueTask ExecuteAsync(string sql, WriteSession session, Action<DbCommand>? addParameters, CancellationToken cancellationToken)
    {
        await using var command = session.CreateCommand(sql);

        // A piece takes what it takes; a run that is to end has its token.
        command.CommandTimeout = 0;
        addParameters?.Invoke(command);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
