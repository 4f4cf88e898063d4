using System.Data.Common;
using System.Globalization;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Storage.Postgres;
using Telematics.Storage.Retention;

namespace Telematics.Storage.Rollups;

/// <summary>Reads a vehicle's history summed up per step, from rollups and samples as one state of the database has them.</summary>
internal sealed class StepReader(ITelematicsDatabase database)
{
    /// <summary>What a step tells beside the wanted signals is made of these.</summary>
    private static readonly int[] AlwaysRead =
        [SignalCatalogue.Speed, SignalCatalogue.TraveledDistance, SignalCatalogue.PackVoltage, SignalCatalogue.PackCurrent, SignalCatalogue.Latitude, SignalCatalogue.Longitude];

    private static readonly string MinuteBuckets = RollupSql.SelectBuckets(TimeSeriesTables.Minutes);
    private static readonly string HourBuckets = RollupSql.SelectBuckets(TimeSeriesTables.Hours);

    /// <summary>Steps of one vehicle.</summary>
    /// <exception cref="FormatException">The cursor is none of this query's.</exception>
    public async ValueTask<HistoryPage<HistoryStep>> ReadAsync(HistoryQuery query, long step, CancellationToken cancellationToken)
    {
        var from = ParseCursor(query);
        await using var snapshot = await database.BeginSnapshotAsync(cancellationToken);
        var segments = await PlanAsync(query, from, step, snapshot.Transaction, cancellationToken);
        var steps = new List<HistoryStep>();
        var under = new StepAggregate(query.Signals);
        var source = TelemetrySource.Raw;
        var wanted = SignalColumns.Wanted(query.Signals is null ? null : [.. query.Signals, .. AlwaysRead]);
        foreach (var segment in segments)
        {
            await using var command = CreateCommand(TextOf(segment.Source), snapshot.Transaction);
            AddRange(command, query.VehicleKey, segment.From, segment.To);
            await using var rows = await command.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
            {
                var time = rows.GetUnixMicroseconds(segment.Source == TelemetrySource.Raw ? 0 : 1);
                var start = RollupTime.Floor(time, step);
                if (under.Samples > 0 && start != under.Start)
                {
                    steps.Add(under.Finish());
                    if (steps.Count == query.Limit)
                    {
                        return new HistoryPage<HistoryStep>(steps, start.ToString(CultureInfo.InvariantCulture)) { Source = source };
                    }
                }

                source = segment.Source > source ? segment.Source : source;
                Add(under, start, time, segment, rows, wanted);
            }
        }

        if (under.Samples > 0)
        {
            steps.Add(under.Finish());
        }

        return new HistoryPage<HistoryStep>(steps, null) { Source = source };
    }

    private static void Add(StepAggregate under, long start, long time, StepSegment segment, DbDataReader row, bool[]? wanted)
    {
        if (segment.Source == TelemetrySource.Raw)
        {
            under.Add(start, time, SignalColumns.Read(row, 1, wanted));
        }
        else
        {
            under.Add(start, RollupSql.ReadBucket(row));
        }
    }

    /// <summary>The cursor is the time at which the next step begins.</summary>
    private static long ParseCursor(HistoryQuery query)
    {
        if (query.Cursor is not { } cursor)
        {
            return query.From;
        }

        return long.TryParse(cursor, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var time) && time >= query.From
            ? time
            : throw new FormatException($"'{cursor}' is no cursor of this query.");
    }

    private static async ValueTask<IReadOnlyList<StepSegment>> PlanAsync(HistoryQuery query, long from, long step, DbTransaction transaction, CancellationToken cancellationToken)
    {
        RollupState state;
        await using (var command = CreateCommand(RollupSql.SelectProgress, transaction))
        {
            state = await RollupState.ReadAsync(command, cancellationToken);
        }

        var noted = new List<long>();
        if (RollupCoverage.Of(query.Signals, step) != TelemetrySource.Raw)
        {
            await using var command = CreateCommand(RollupSql.SelectNotesOfVehicle, transaction);
            AddRange(command, query.VehicleKey, RollupTime.Floor(from, RollupTime.Hour), query.To);
            await using var rows = await command.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
            {
                noted.Add(rows.GetUnixMicroseconds(0));
            }
        }

        return StepPlan.Create(from, query.To, step, RollupCoverage.Holds(query.Signals), state, noted);
    }

    private static DbCommand CreateCommand(string sql, DbTransaction transaction)
    {
        var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // constants; values travel as parameters
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }

    private static void AddRange(DbCommand command, long vehicleKey, long from, long to)
    {
        command.AddParameter("@vehicle", vehicleKey);
        command.AddParameter("@from", UnixTime.ToDateTime(Math.Max(from, TimeLimits.Smallest)));
        command.AddParameter("@to", UnixTime.ToDateTime(Math.Min(to, TimeLimits.Greatest)));
    }

    private static string TextOf(TelemetrySource source) => source switch
    {
        TelemetrySource.Hour => HourBuckets,
        TelemetrySource.Minute => MinuteBuckets,
        _ => RollupSql.SelectSamples,
    };
}
