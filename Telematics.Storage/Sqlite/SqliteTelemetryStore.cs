using Microsoft.EntityFrameworkCore;
using Telematics.Contracts.Telemetry;
using Telematics.Storage.Rollups;

namespace Telematics.Storage.Sqlite;

/// <summary>Telemetry in SQLite: prepared statements, bound directly.</summary>
internal sealed class SqliteTelemetryStore(SqliteDatabase database) : ITelemetryStore
{
    private const int FirstSignalOfInsert = 4;
    private const int FirstSignalOfLatest = 7;
    private const int CancelEvery = 1_024;

    private readonly StepReader _steps = new(database);

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<TelemetryRow> rows, ReadOnlyMemory<byte> otherSignals, WriteSession session, CancellationToken cancellationToken)
    {
        var insert = SqliteTelemetryStatements.Of(session).Insert;
        var other = otherSignals.Span;
        for (var i = 0; i < rows.Length; i++)
        {
            ThrowIfCanceled(i, cancellationToken);
            ref readonly var row = ref rows.Span[i];
            insert.Bind(1, row.VehicleKey);
            insert.Bind(2, row.Time);
            insert.Bind(3, row.StoredAt);
            BindSignals(insert, FirstSignalOfInsert, in row, other);
            insert.Execute();
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask WriteLatestAsync(ReadOnlyMemory<LatestRow> rows, ReadOnlyMemory<byte> otherSignals, WriteSession session, CancellationToken cancellationToken)
    {
        var statements = SqliteTelemetryStatements.Of(session);
        var other = otherSignals.Span;
        for (var i = 0; i < rows.Length; i++)
        {
            ThrowIfCanceled(i, cancellationToken);
            ref readonly var row = ref rows.Span[i];
            var upsert = row.HasCounters ? statements.UpsertLatest : statements.UpsertState;
            upsert.Bind(1, row.Newest.VehicleKey);
            BindState(upsert, in row, other);
            if (row.HasCounters)
            {
                BindCounters(upsert, FirstSignalOfLatest + SignalCatalogue.Count + 1, in row.Counters);
            }

            upsert.Execute();
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ReadCountersAsync(ReadOnlyMemory<long> vehicleKeys, Memory<SequenceCounters> counters, WriteSession session, CancellationToken cancellationToken)
    {
        var select = SqliteTelemetryStatements.Of(session).SelectCounters;
        for (var i = 0; i < vehicleKeys.Length; i++)
        {
            ThrowIfCanceled(i, cancellationToken);
            select.Bind(1, vehicleKeys.Span[i]);
            counters.Span[i] = select.Step() ? ReadCounters(select) : default;
            select.Reset();
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask<HistoryPage<HistorySample>> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var samples = new List<HistorySample>(Math.Min(query.Limit, 1_000));
        var last = default(HistoryPosition);
        await foreach (var (sample, position) in ReadAsync(query, HistoryPosition.Parse(query), query.Limit + 1L, cancellationToken))
        {
            if (samples.Count == query.Limit)
            {
                return new HistoryPage<HistorySample>(samples, last.ToString());
            }

            samples.Add(sample);
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
        LatestStates.ReadAsync(SqliteTelemetrySql.SelectLatest, snapshot, visit, cancellationToken);

    private async IAsyncEnumerable<(HistorySample Sample, HistoryPosition Position)> ReadAsync(
        HistoryQuery query,
        HistoryPosition from,
        long limit,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var db = database.CreateReader();
        await db.Database.OpenConnectionAsync(cancellationToken);
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = SqliteTelemetrySql.SelectHistory;
        command.AddParameter("@vehicle", query.VehicleKey);
        command.AddParameter("@from", from.Time);
        command.AddParameter("@row", from.Row);
        command.AddParameter("@to", query.To);
        command.AddParameter("@limit", limit);
        var wanted = SignalColumns.Wanted(query.Signals);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var sample = new HistorySample
            {
                Time = rows.GetInt64(1),
                StoredAt = rows.GetInt64(2),
                Values = SignalColumns.Read(rows, 3, wanted),
                Other = query.WithOther && !rows.IsDBNull(3 + SignalCatalogue.Count) ? rows.GetString(3 + SignalCatalogue.Count) : null,
            };
            yield return (sample, new HistoryPosition(sample.Time, rows.GetInt64(0)));
        }
    }

    private static void BindState(SqliteStatement upsert, in LatestRow row, ReadOnlySpan<byte> other)
    {
        if (row.HasState)
        {
            upsert.Bind(2, row.Newest.Time);
            upsert.Bind(3, row.Newest.StoredAt);
            upsert.Bind(4, row.EffectiveTime);
            upsert.Bind(5, row.QueueIndex);
            upsert.Bind(6, row.QueueOffset);
            BindSignals(upsert, FirstSignalOfLatest, in row.Newest, other);
            return;
        }

        // No effective time: newer than nothing.
        for (var parameter = 2; parameter <= FirstSignalOfLatest + SignalCatalogue.Count; parameter++)
        {
            upsert.BindNull(parameter);
        }
    }

    private static void BindSignals(SqliteStatement statement, int first, in TelemetryRow row, ReadOnlySpan<byte> other)
    {
        for (var i = 0; i < SignalCatalogue.Count; i++)
        {
            var value = row.Values[i];
            if (double.IsNaN(value))
            {
                statement.BindNull(first + i);
            }
            else if (SignalColumns.IsInteger(i))
            {
                statement.Bind(first + i, (long)value);
            }
            else
            {
                statement.Bind(first + i, value);
            }
        }

        if (row.OtherLength == 0)
        {
            statement.BindNull(first + SignalCatalogue.Count);
        }
        else
        {
            statement.BindText(first + SignalCatalogue.Count, other.Slice(row.OtherStart, row.OtherLength));
        }
    }

    private static void BindCounters(SqliteStatement upsert, int first, in SequenceCounters counters)
    {
        Bind(upsert, first, counters.HasFirst, counters.FirstBoot, counters.FirstSeq, counters.FirstSeen);
        Bind(upsert, first + 3, counters.HasSecond, counters.SecondBoot, counters.SecondSeq, counters.SecondSeen);

        static void Bind(SqliteStatement upsert, int first, bool has, long boot, long seq, ulong seen)
        {
            if (has)
            {
                upsert.Bind(first, boot);
                upsert.Bind(first + 1, seq);
                upsert.Bind(first + 2, unchecked((long)seen));
                return;
            }

            upsert.BindNull(first);
            upsert.BindNull(first + 1);
            upsert.BindNull(first + 2);
        }
    }

    private static SequenceCounters ReadCounters(SqliteStatement row)
    {
        var counters = default(SequenceCounters);
        if (!row.IsNull(0))
        {
            counters.HasFirst = true;
            (counters.FirstBoot, counters.FirstSeq, counters.FirstSeen) = (row.GetInt64(0), row.GetInt64(1), unchecked((ulong)row.GetInt64(2)));
        }

        if (!row.IsNull(3))
        {
            counters.HasSecond = true;
            (counters.SecondBoot, counters.SecondSeq, counters.SecondSeen) = (row.GetInt64(3), row.GetInt64(4), unchecked((ulong)row.GetInt64(5)));
        }

        return counters;
    }

    private static void ThrowIfCanceled(int row, CancellationToken cancellationToken)
    {
        if (row % CancelEvery == 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
