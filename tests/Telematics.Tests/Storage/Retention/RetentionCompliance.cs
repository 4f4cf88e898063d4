using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Storage;
using Telematics.Storage.Model;
using Telematics.Storage.Retention;
using Telematics.Storage.Rollups;
using Xunit;

namespace Telematics.Tests.Storage.Retention;

/// <summary>What retention does on every database.</summary>
public abstract class RetentionCompliance : IAsyncLifetime
{
    private static readonly DateTime Now = new(2026, 11, 24, 18, 20, 0, DateTimeKind.Utc);

    private protected FakeTimeProvider Clock { get; } = new(Now);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The database under test, empty.</summary>
    protected abstract ITelematicsDatabase Database { get; }

    /// <summary>Its division by time.</summary>
    private protected abstract ITimeDivision Division { get; }

    /// <summary>Its telemetry.</summary>
    protected abstract ITelemetryStore Store { get; }

    /// <summary>Its rollups.</summary>
    private protected abstract IRollupStore RollupStore { get; }

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task Samples_go_only_after_the_rollups_have_been_told_and_newer_ones_stay()
    {
        await Division.PrepareAsync(Token);
        await AddVehiclesAsync(3);
        foreach (var daysAgo in new[] { 40, 35, 29, 1, 0 })
        {
            await AddSamplesAsync(Now.AddDays(-daysAgo));
        }

        var horizon = new Horizon(async () => Assert.Equal(15, await CountAsync("telemetry")));
        await RunAsync(new RetentionOptions(), horizon);
        Assert.Equal([new DateTime(2026, 10, 25, 18, 0, 0, DateTimeKind.Utc)], horizon.Moves);
        Assert.Equal(9, await CountAsync("telemetry"));
        await RunAsync(new RetentionOptions { TelemetryDays = 0 }, horizon);
        Assert.Single(horizon.Moves);
        Assert.Equal(9, await CountAsync("telemetry"));
    }

    [Fact]
    public async Task What_is_removed_stays_in_the_rollups_which_late_samples_only_let_grow()
    {
        const int vehicle = 1;
        var old = Now.Date.AddDays(-40).AddHours(9);
        var recent = Now.Date.AddDays(-1).AddHours(9);
        using var meters = new OwnMeters();
        var rollups = new TelemetryRollups(Database, RollupStore, new RollupMetrics(meters, Clock), Clock);
        await Division.PrepareAsync(Token);
        await AddVehiclesAsync(1);
        var settled = UnixTime.ToMicroseconds(Now.Date);
        await using (var session = await Database.BeginWriteAsync(Token))
        {
            await new RollupState(settled, settled, UnixTime.ToMicroseconds(DateTime.MinValue)).WriteAsync(session, Token);
            await session.CommitAsync(Token);
        }

        Assert.Equal(12, await IngestAsync([.. Enumerable.Range(0, 6).SelectMany(i => new[] { Sample(old.AddMinutes(i), i), Sample(recent.AddMinutes(i), i) })]));
        await RunAsync(new RetentionOptions(), rollups);

        Assert.Equal(6, await CountAsync("telemetry"));
        await AssertAsync(old, TimeSpan.FromHours(1), TelemetrySource.Hour, (6, 0, 5));
        await AssertAsync(old, TimeSpan.FromMinutes(2), TelemetrySource.Minute, (2, 0, 1), (2, 2, 3), (2, 4, 5));
        await AssertAsync(recent, TimeSpan.FromHours(1), TelemetrySource.Raw, (6, 0, 5)); // noted, and not yet summed up
        await rollups.RefreshAsync(Token);
        await AssertAsync(recent, TimeSpan.FromHours(1), TelemetrySource.Hour, (6, 0, 5));
        await AssertAsync(recent, TimeSpan.FromSeconds(90), TelemetrySource.Raw, (2, 0, 1), (1, 2, 2), (2, 3, 4), (1, 5, 5));

        // Late samples: of the old hour they are in the rollups only, of the other one they are stored.
        Assert.Equal(2, await IngestAsync([Sample(old.AddMinutes(2), 90), Sample(old.AddMinutes(7), 100), Sample(recent.AddMinutes(2), 110), Sample(recent.AddMinutes(7), 120)]));
        for (var run = 0; run < 2; run++)
        {
            await AssertAsync(old, TimeSpan.FromHours(1), TelemetrySource.Hour, (8, 0, 100));
            await AssertAsync(old, TimeSpan.FromMinutes(4), TelemetrySource.Minute, (5, 0, 90), (3, 4, 100));
            await AssertAsync(recent, TimeSpan.FromHours(1), run == 0 ? TelemetrySource.Raw : TelemetrySource.Hour, (8, 0, 120));
            Assert.Equal(8, await CountAsync("telemetry"));
            Clock.Advance(TimeSpan.FromHours(1));
            await RunAsync(new RetentionOptions(), rollups);
            await rollups.RefreshAsync(Token);
        }

        async Task AssertAsync(DateTime from, TimeSpan step, TelemetrySource source, params (long Samples, double Min, double Max)[] expected)
        {
            var start = UnixTime.ToMicroseconds(from);
            var query = new HistoryQuery(vehicle, start, start + 3_600_000_000, 100) { Signals = [SignalCatalogue.Speed] };
            var page = await Store.ReadStepsAsync(query, step.Ticks / TimeSpan.TicksPerMicrosecond, Token);
            Assert.Equal(source, page.Source);
            Assert.Equal(expected, page.Items.Select(item => (item.Samples, item.Signals[0].Min, item.Signals[0].Max)));
        }

        async Task<int> IngestAsync(TelemetryRow[] rows)
        {
            Array.Sort(rows, static (left, right) => left.Time.CompareTo(right.Time));
            await using var session = await Database.BeginWriteAsync(Token);
            await session.LockRegistryAsync(RegistryAccess.Follow, Token);
            var kept = await new LateTelemetry(RollupStore).TakeAsync(rows, session, Token);
            await Store.WriteAsync(rows.AsMemory(0, kept), default, session, Token);
            await session.CommitAsync(Token);
            return kept;
        }

        static TelemetryRow Sample(DateTime time, double speed)
        {
            var row = new TelemetryRow { VehicleKey = vehicle, Time = UnixTime.ToMicroseconds(time), StoredAt = UnixTime.ToMicroseconds(Now), Values = SignalValues.None };
            row.Values[SignalCatalogue.Speed] = speed;
            return row;
        }
    }

    [Fact]
    public async Task When_the_rollups_cannot_be_brought_so_far_samples_stay()
    {
        await AddVehiclesAsync(1);
        await AddSamplesAsync(Now.AddDays(-40));
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(new RetentionOptions(), new Horizon(() => throw new InvalidOperationException("Not now."))));
        Assert.Equal(1, await CountAsync("telemetry"));
    }

    [Fact]
    public async Task Rollups_go_by_their_own_age()
    {
        await Division.PrepareAsync(Token);
        await AddVehiclesAsync(2);
        foreach (var table in new[] { "telemetry_1m", "telemetry_1h" })
        {
            foreach (var daysAgo in new[] { 800, 400, 100 })
            {
                await AddBucketsAsync(table, Now.Date.AddDays(-daysAgo));
            }
        }

        await RunAsync(new RetentionOptions());
        Assert.Equal(2, await CountAsync("telemetry_1m"));
        Assert.Equal(6, await CountAsync("telemetry_1h"));
        await RunAsync(new RetentionOptions { HourRollupDays = 500 });
        Assert.Equal(4, await CountAsync("telemetry_1h"));
    }

    [Fact]
    public async Task More_rows_than_one_step_takes_go_all_the_same()
    {
        await using (var session = await Database.BeginWriteAsync(Token))
        {
            for (var i = 0; i < (2 * BatchRemoval.Rows) + 3; i++)
            {
                session.Db.RejectedMessages.Add(Rejected(Now.AddDays(-91)));
            }

            session.Db.RejectedMessages.Add(Rejected(Now.AddDays(-89)));
            await session.Db.SaveChangesAsync(Token);
            await session.CommitAsync(Token);
        }

        var removed = new Dictionary<string, long>();
        await RunAsync(new RetentionOptions(), removed: removed);
        Assert.Equal(1, await CountAsync("telemetry_rejected"));
        Assert.Equal((2 * BatchRemoval.Rows) + 3, removed["telemetry_rejected"]);
    }

    [Fact]
    public async Task Commands_go_with_their_executions_and_events_from_their_end_on()
    {
        await AddCommandAsync(CommandState.Completed, Now.AddDays(-500), Now.AddDays(-366), executions: 2_500);
        await AddCommandAsync(CommandState.Canceled, Now.AddDays(-500), Now.AddDays(-366), executions: 1);
        await AddCommandAsync(CommandState.Completed, Now.AddDays(-500), Now.AddDays(-364), executions: 3);
        await AddCommandAsync(CommandState.Running, Now.AddDays(-500), null, executions: 4);
        await AddCommandAsync(CommandState.Canceling, Now.AddDays(-500), null, executions: 5);
        var removed = new Dictionary<string, long>();
        await RunAsync(new RetentionOptions(), removed: removed);
        Assert.Equal(3, await CountAsync("command"));
        Assert.Equal(12, await CountAsync("command_execution"));
        Assert.Equal(12, await CountAsync("command_event"));
        Assert.Equal((2, 2_501, 2_501), (removed["command"], removed["command_execution"], removed["command_event"]));
        await RunAsync(new RetentionOptions { CommandDays = 0 });
        Assert.Equal(3, await CountAsync("command"));
    }

    [Theory]
    [InlineData(null, 5)]
    [InlineData(0L, 5)]
    [InlineData(2L, 3)]
    [InlineData(5L, 2)]
    public async Task Registry_changes_stay_until_they_were_read_and_the_newest_stays(long? position, long left)
    {
        await using (var session = await Database.BeginWriteAsync(Token))
        {
            foreach (var daysAgo in new[] { 50, 45, 40, 20, 10 })
            {
                session.Db.RegistryChanges.Add(new RegistryChange { VehicleKey = 1, VehicleId = "car-1", Kind = RegistryChangeKind.Put, At = Now.AddDays(-daysAgo) });
                await session.Db.SaveChangesAsync(Token);
            }

            if (position is { } next)
            {
                session.Db.ConsumerOffsets.Add(new ConsumerOffset { Group = "commands", Topic = "registry_change", Broker = ConsumerOffset.DatabaseBroker, NextOffset = next });
                session.Db.ConsumerOffsets.Add(new ConsumerOffset { Group = "ingest", Topic = "telemetry", Broker = "embedded", NextOffset = 0 });
                await session.Db.SaveChangesAsync(Token);
            }

            await session.CommitAsync(Token);
        }

        await RunAsync(new RetentionOptions());
        Assert.Equal(left, await CountAsync("registry_change"));
        await RunAsync(new RetentionOptions { RegistryChangeDays = 1 });
        await using var db = Database.CreateReader();
        Assert.Equal(5, await db.RegistryChanges.MaxAsync(change => change.Number, Token));
    }

    [Fact]
    public async Task Ranges_that_were_trimmed_are_listed_for_a_year()
    {
        await using (var session = await Database.BeginWriteAsync(Token))
        {
            foreach (var daysAgo in new[] { 366, 364 })
            {
                session.Db.TrimmedRanges.Add(new TrimmedRange { Group = "ingest", Topic = "telemetry", Broker = "embedded", FromOffset = 1, ToOffset = 2, At = Now.AddDays(-daysAgo) });
            }

            await session.Db.SaveChangesAsync(Token);
            await session.CommitAsync(Token);
        }

        await RunAsync(new RetentionOptions());
        Assert.Equal(1, await CountAsync("trimmed_range"));
    }

    private protected async Task RunAsync(RetentionOptions options, IRawHorizon? horizon = null, Dictionary<string, long>? removed = null)
    {
        using var meters = new OwnMeters();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter, meters.Meter) && instrument.Name == "telematics.retention.rows")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            if (removed is not null)
            {
                var table = (string)tags[0].Value!;
                removed[table] = removed.GetValueOrDefault(table) + value;
            }
        });
        listener.Start();
        await new RetentionTask(Database, Division, horizon ?? new Horizon(), Options.Create(options), new RetentionMetrics(meters), Clock, NullLogger<RetentionTask>.Instance).RunAsync(Token);
    }

    private protected async Task<long> CountAsync(string table)
    {
        await using var session = await Database.BeginWriteAsync(Token);
        await using var command = session.CreateCommand($"SELECT count(*) FROM {table}");
        return Convert.ToInt64(await command.ExecuteScalarAsync(Token), CultureInfo.InvariantCulture);
    }

    private protected async Task AddVehiclesAsync(int count)
    {
        await using var session = await Database.BeginWriteAsync(Token);
        for (var i = 0; i < count; i++)
        {
            session.Db.Vehicles.Add(new Telematics.Storage.Model.Vehicle { VehicleId = $"car-{i}", CreatedAt = Now, UpdatedAt = Now });
        }

        await session.Db.SaveChangesAsync(Token);
        await session.CommitAsync(Token);
    }

    /// <summary>One for each vehicle.</summary>
    private protected Task AddSamplesAsync(DateTime time) =>
        ExecuteAsync("INSERT INTO telemetry (vehicle_key, time, stored_at) SELECT id, @time, @time FROM vehicle", time);

    private protected Task AddBucketsAsync(string table, DateTime time) =>
        ExecuteAsync($"INSERT INTO {table} (vehicle_key, time, first_time, last_time, samples, speed_count, power_count) SELECT id, @time, @time, @time, 1, 0, 0 FROM vehicle", time);

    private async Task ExecuteAsync(string sql, DateTime time)
    {
        await using var session = await Database.BeginWriteAsync(Token);
        await using var command = session.CreateCommand(sql);
        command.AddParameter("@time", time);
        await command.ExecuteNonQueryAsync(Token);
        await session.CommitAsync(Token);
    }

    private async Task AddCommandAsync(CommandState state, DateTime createdAt, DateTime? completedAt, int executions)
    {
        await using var session = await Database.BeginWriteAsync(Token);
        var command = new Command
        {
            Id = Guid.NewGuid(),
            Type = "horn",
            Parameters = "{}",
            Target = "{}",
            State = state,
            CreatedAt = createdAt,
            NotAfter = createdAt,
            CompletedAt = completedAt,
            CreatedBy = "test",
        };
        session.Db.Commands.Add(command);
        await session.Db.SaveChangesAsync(Token);
        for (var vehicle = 1; vehicle <= executions; vehicle++)
        {
            session.Db.CommandExecutions.Add(new CommandExecution { CommandOrder = command.Order, VehicleKey = vehicle, State = ExecutionState.Succeeded, UpdatedAt = createdAt });
            session.Db.CommandEvents.Add(new CommandEvent { CommandOrder = command.Order, VehicleKey = vehicle, Actor = "test", At = createdAt });
        }

        await session.Db.SaveChangesAsync(Token);
        await session.CommitAsync(Token);
    }

    private static RejectedMessage Rejected(DateTime at) => new()
    {
        Topic = "telemetry",
        Broker = "embedded",
        StoredAt = at,
        Reason = RejectReason.Undecodable,
        Detail = "Nothing.",
        Payload = [],
    };

    private protected sealed class Horizon(Func<Task>? check = null) : IRawHorizon
    {
        public List<DateTime> Moves { get; } = [];

        public async Task MoveRawFromAsync(DateTime rawFrom, CancellationToken cancellationToken)
        {
            if (check is not null)
            {
                await check();
            }

            Moves.Add(rawFrom);
        }
    }

    private sealed class OwnMeters : IMeterFactory
    {
        public Meter? Meter { get; private set; }

        public Meter Create(MeterOptions options) => Meter = new Meter(options);

        public void Dispose() => Meter?.Dispose();
    }
}
