using Microsoft.EntityFrameworkCore;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Storage.Retention;
using Telematics.Storage.Rollups;

namespace Telematics.Storage.Postgres;

/// <summary>Telemetry in PostgreSQL: binary COPY into the history, COPY, an update and an insert of new ones into the newest states.</summary>
internal sealed class PostgresTelemetryStore(PostgresDatabase database) : ITelemetryStore
{
    /// <summary>
    /// A page ends when its other signals have so many characters: jsonb writes numbers out, so that 64 KiB of them can
    /// become 3 million characters.
    /// </summary>
    private const int EnoughOther = 16 * 1024 * 1024;

    private readonly StepReader _steps = new(database);

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ReadOnlyMemory<TelemetryRow> rows, ReadOnlyMemory<byte> otherSignals, WriteSession session, CancellationToken cancellationToken)
    {
        if (rows.IsEmpty)
        {
            return;
        }

        CheckSpread(rows.Span, (PostgresWriteSession)session);
        await using var copy = await CopyStream.BeginAsync((PostgresWriteSession)session, PostgresTelemetrySql.CopyHistory, cancellationToken);
        for (var next = 0; next < rows.Length;)
        {
            next = EncodeHistory(copy.Buffer, rows.Span, next, otherSignals.Span);
            await copy.FlushAsync(cancellationToken);
        }

        await copy.CompleteAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask WriteLatestAsync(ReadOnlyMemory<LatestRow> rows, ReadOnlyMemory<byte> otherSignals, WriteSession session, CancellationToken cancellationToken)
    {
        if (rows.IsEmpty)
        {
            return;
        }

        await ExecuteAsync(session, PostgresTelemetrySql.CreateStage, cancellationToken);
        await using (var copy = await CopyStream.BeginAsync((PostgresWriteSession)session, PostgresTelemetrySql.CopyStage, cancellationToken))
        {
            for (var next = 0; next < rows.Length;)
            {
                next = EncodeLatest(copy.Buffer, rows.Span, next, otherSignals.Span);
                await copy.FlushAsync(cancellationToken);
            }

            await copy.CompleteAsync(cancellationToken);
        }

        if (await ExecuteAsync(session, PostgresTelemetrySql.UpdateLatest, cancellationToken) < rows.Length)
        {
            await ExecuteAsync(session, PostgresTelemetrySql.InsertLatest, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask ReadCountersAsync(ReadOnlyMemory<long> vehicleKeys, Memory<SequenceCounters> counters, WriteSession session, CancellationToken cancellationToken)
    {
        var keys = vehicleKeys.ToArray();
        counters.Span[..keys.Length].Clear();
        var places = new Dictionary<long, int>(keys.Length);
        for (var i = 0; i < keys.Length; i++)
        {
            places[keys[i]] = i;
        }

        await using var command = session.CreateCommand(PostgresTelemetrySql.SelectCounters);
        command.AddParameter("@vehicles", keys);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            counters.Span[places[rows.GetInt64(0)]] = CounterColumns.Read(rows, 1);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<HistoryPage<HistorySample>> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var samples = new List<HistorySample>(Math.Min(query.Limit, 1_000));
        var last = default(MomentPosition);
        var other = 0L;
        await foreach (var (sample, position) in ReadAsync(query, MomentPosition.Parse(query), query.Limit + 1L, cancellationToken))
        {
            if (samples.Count == query.Limit || other >= EnoughOther)
            {
                return new HistoryPage<HistorySample>(samples, last.ToString());
            }

            samples.Add(sample);
            other += sample.Other?.Length ?? 0;
            last = position;
        }

        return new HistoryPage<HistorySample>(samples, null);
    }

    /// <inheritdoc/>
    public ValueTask<HistoryPage<HistoryStep>> ReadStepsAsync(HistoryQuery query, long step, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        return _steps.ReadAsync(query, step, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask ReadLatestAsync(ReadSnapshot snapshot, LatestStateVisitor visit, CancellationToken cancellationToken) =>
        LatestStates.ReadAsync(PostgresTelemetrySql.SelectLatest, snapshot, visit, cancellationToken);

    private async IAsyncEnumerable<(HistorySample Sample, MomentPosition Position)> ReadAsync(
        HistoryQuery query,
        MomentPosition from,
        long limit,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var db = database.CreateReader();
        await db.Database.OpenConnectionAsync(cancellationToken);
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = PostgresTelemetrySql.SelectHistory;
        command.AddParameter("@vehicle", query.VehicleKey);
        command.AddParameter("@from", UnixTime.ToDateTime(Math.Max(from.Time, TimeLimits.Smallest)));
        command.AddParameter("@to", UnixTime.ToDateTime(Math.Min(query.To, TimeLimits.Greatest)));
        command.AddParameter("@limit", limit + from.Skip);
        var wanted = SignalColumns.Wanted(query.Signals);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var at = new MomentPosition(from.Time, 0);
        while (await rows.ReadAsync(cancellationToken))
        {
            var time = rows.GetUnixMicroseconds(0);
            at = time == at.Time ? at with { Skip = at.Skip + 1 } : new MomentPosition(time, 1);
            if (time == from.Time && at.Skip <= from.Skip)
            {
                continue;
            }

            var sample = new HistorySample
            {
                Time = time,
                StoredAt = rows.GetUnixMicroseconds(1),
                Values = SignalColumns.Read(rows, 2, wanted),
                Other = query.WithOther && !rows.IsDBNull(2 + SignalCatalogue.Count) ? rows.GetString(2 + SignalCatalogue.Count) : null,
            };
            yield return (sample, at);
        }
    }

    private static void CheckSpread(ReadOnlySpan<TelemetryRow> rows, PostgresWriteSession session)
    {
        var spread = session.SpreadOver(TimeSeriesTables.Telemetry);
        foreach (ref readonly var row in rows)
        {
            spread.Add(row.Time);
        }
    }

    private static int EncodeHistory(CopyBuffer buffer, ReadOnlySpan<TelemetryRow> rows, int next, ReadOnlySpan<byte> other)
    {
        while (next < rows.Length && !buffer.IsFull)
        {
            ref readonly var row = ref rows[next++];
            buffer.Row(PostgresTelemetrySql.HistoryColumns);
            buffer.Bigint(row.VehicleKey);
            buffer.Timestamp(row.Time);
            buffer.Timestamp(row.StoredAt);
            buffer.Signals(in row.Values);
            Other(buffer, in row, other);
        }

        return next;
    }

    private static int EncodeLatest(CopyBuffer buffer, ReadOnlySpan<LatestRow> rows, int next, ReadOnlySpan<byte> other)
    {
        while (next < rows.Length && !buffer.IsFull)
        {
            ref readonly var row = ref rows[next++];
            buffer.Row(PostgresTelemetrySql.StageColumns);
            buffer.Bigint(row.Newest.VehicleKey);
            if (row.HasState)
            {
                buffer.Timestamp(row.Newest.Time);
                buffer.Timestamp(row.Newest.StoredAt);
                buffer.Timestamp(row.EffectiveTime);
                buffer.Integer(row.QueueIndex);
                buffer.Bigint(row.QueueOffset);
                buffer.Signals(in row.Newest.Values);
                Other(buffer, in row.Newest, other);
            }
            else
            {
                // No effective time: newer than nothing.
                Nulls(buffer, 5 + SignalCatalogue.Count + 1);
            }

            Counter(buffer, row.HasCounters && row.Counters.HasFirst, row.Counters.FirstBoot, row.Counters.FirstSeq, row.Counters.FirstSeen);
            Counter(buffer, row.HasCounters && row.Counters.HasSecond, row.Counters.SecondBoot, row.Counters.SecondSeq, row.Counters.SecondSeen);
        }

        return next;
    }

    private static void Counter(CopyBuffer buffer, bool has, long boot, long seq, ulong seen)
    {
        if (!has)
        {
            Nulls(buffer, 3);
            return;
        }

        buffer.Bigint(boot);
        buffer.Bigint(seq);
        buffer.Bigint(unchecked((long)seen));
    }

    private static void Other(CopyBuffer buffer, in TelemetryRow row, ReadOnlySpan<byte> other)
    {
        if (row.OtherLength == 0)
        {
            buffer.Null();
        }
        else
        {
            buffer.Jsonb(other.Slice(row.OtherStart, row.OtherLength));
        }
    }

    private static void Nulls(CopyBuffer buffer, int count)
    {
        for (var i = 0; i < count; i++)
        {
            buffer.Null();
        }
    }

    private static async Task<int> ExecuteAsync(WriteSession session, string sql, CancellationToken cancellationToken)
    {
        await using var command = session.CreateCommand(sql);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
