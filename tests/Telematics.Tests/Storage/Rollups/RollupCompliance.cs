using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Storage;
using Telematics.Storage.Retention;
using Telematics.Storage.Rollups;
using Xunit;

namespace Telematics.Tests.Storage.Rollups;

/// <summary>What the rollups are on every database; one subclass for each.</summary>
public abstract class RollupCompliance : IAsyncLifetime
{
    private const long Second = 1_000_000;
    private const long Minute = 60 * Second;
    private const long Hour = 60 * Minute;

    /// <summary>A whole hour, and up to where everything is summed up at the beginning.</summary>
    private static readonly DateTime Start = new(2026, 3, 4, 8, 0, 0, DateTimeKind.Utc);

    private static readonly long T0 = UnixTime.ToMicroseconds(Start);

    private static readonly int[] SpeedOnly = [SignalCatalogue.Speed];

    private readonly ServiceProvider _meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(Start));

    /// <summary>Everything that was ingested.</summary>
    private readonly List<TelemetryRow> _samples = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The database under test, empty.</summary>
    protected abstract ITelematicsDatabase Database { get; }

    /// <summary>Its store.</summary>
    protected abstract ITelemetryStore Store { get; }

    internal abstract IRollupStore RollupStore { get; }

    private TelemetryRollups Rollups => CreateRollups(RollupStore);

    public async ValueTask InitializeAsync()
    {
        await CreateDatabaseAsync();
        await using var session = await Database.BeginWriteAsync(Token);
        await new RollupState(T0, T0, UnixTime.ToMicroseconds(DateTime.MinValue)).WriteAsync(session, Token);
        await session.CommitAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _meters.DisposeAsync();
        await DropDatabaseAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract ValueTask CreateDatabaseAsync();

    protected abstract ValueTask DropDatabaseAsync();

    [Fact]
    public async Task An_empty_database_is_brought_up_to_date()
    {
        _clock.Advance(TimeSpan.FromHours(30));
        await Rollups.RefreshAsync(Token);
        var state = await ReadStateAsync();
        Assert.Equal((T0 + (30 * Hour) - (2 * Minute), T0 + (30 * Hour) - (2 * Minute)), (state.NotedBefore, state.RolledUpTo));
        var page = await Store.ReadStepsAsync(Query(1, T0, T0 + (30 * Hour)), Hour, Token);
        Assert.Empty(page.Items);
        await Rollups.MoveRawFromAsync(Start.AddHours(20), Token);
        Assert.Equal(T0 + (20 * Hour), (await ReadStateAsync()).RawFrom);
    }

    [Fact]
    public async Task Times_only_grow()
    {
        _clock.Advance(TimeSpan.FromHours(3));
        await Rollups.RefreshAsync(Token);
        await Rollups.MoveRawFromAsync(Start.AddHours(2), Token);
        var before = await ReadStateAsync();
        _clock.AutoAdvanceAmount = TimeSpan.Zero;
        var earlier = new TelemetryRollups(Database, RollupStore, Metrics(), new FakeTimeProvider(new DateTimeOffset(Start.AddHours(1))));
        await earlier.RefreshAsync(Token);
        await earlier.MoveRawFromAsync(Start.AddHours(1), Token);
        Assert.Equal(before, await ReadStateAsync());
    }

    [Fact]
    public async Task What_is_settled_is_answered_from_rollups_and_the_rest_from_samples()
    {
        await IngestAsync([.. Enumerable.Range(0, 3 * 360).Select(i => Row(1, T0 + (i * 10 * Second)))]);
        _clock.Advance(TimeSpan.FromMinutes(150));
        await AssertStepsAsync(1, T0, T0 + (3 * Hour), Hour, TelemetrySource.Raw);
        await Rollups.RefreshAsync(Token);
        await AssertStepsAsync(1, T0, T0 + (3 * Hour), Hour, TelemetrySource.Hour);
        await AssertStepsAsync(1, T0, T0 + (3 * Hour), Minute, TelemetrySource.Minute);
        await AssertStepsAsync(1, T0, T0 + (3 * Hour), Second * 30, TelemetrySource.Raw);
        await AssertStepsAsync(1, T0 + (20 * Minute) + 1, T0 + (2 * Hour) + (25 * Minute) - 1, 2 * Hour, TelemetrySource.Hour);
        await AssertStepsAsync(1, T0 + (5 * Hour / 2), T0 + (3 * Hour), Minute, TelemetrySource.Raw);
        var all = await Store.ReadStepsAsync(Query(1, T0, T0 + (3 * Hour)) with { Signals = [SignalCatalogue.Speed, SignalCatalogue.Heading] }, Hour, Token);
        Assert.Equal(TelemetrySource.Raw, all.Source);
    }

    [Fact]
    public async Task A_late_sample_of_a_settled_hour_is_in_the_answer_at_once_and_then_in_the_rollups()
    {
        await IngestAsync([.. Enumerable.Range(0, 10).Select(i => Row(1, T0 + (i * 17 * Minute)))]);
        _clock.Advance(TimeSpan.FromHours(4));
        await Rollups.RefreshAsync(Token);
        Assert.Empty(await NotesAsync());
        await IngestAsync([Row(1, T0 + (70 * Minute) + 5), Row(1, T0 + (70 * Minute) + 6), Row(1, T0 + (200 * Minute)), Row(2, T0 + 7)]);
        await IngestAsync([Row(1, T0 + (71 * Minute))]);
        Assert.Equal(4, (await NotesAsync()).Count);
        await AssertStepsAsync(1, T0, T0 + (4 * Hour), Hour, TelemetrySource.Hour);
        await AssertStepsAsync(2, T0, T0 + (4 * Hour), Hour, TelemetrySource.Raw);
        await Rollups.RefreshAsync(Token);
        Assert.Empty(await NotesAsync());
        await AssertStepsAsync(1, T0, T0 + (4 * Hour), Hour, TelemetrySource.Hour);
        await AssertStepsAsync(1, T0, T0 + (4 * Hour), Minute, TelemetrySource.Minute);
        await AssertStepsAsync(2, T0, T0 + (4 * Hour), Hour, TelemetrySource.Hour);
        await RemoveSamplesAsync(T0 + (10 * Hour));
        await AssertBucketsAsync();
    }

    [Fact]
    public async Task A_late_sample_of_the_hour_under_way_is_summed_up_exactly()
    {
        await IngestAsync([.. Enumerable.Range(0, 50).Select(i => Row(1, T0 + (i * Minute) + Second))]);
        _clock.Advance(TimeSpan.FromMinutes(32));
        await Rollups.RefreshAsync(Token);
        await IngestAsync([Row(1, T0 + (10 * Minute)), Row(1, T0 + (29 * Minute) + 1), Row(1, T0 + (30 * Minute)), Row(1, T0 + (45 * Minute))]);
        await Rollups.RefreshAsync(Token);
        await AssertStepsAsync(1, T0, T0 + Hour, Minute, TelemetrySource.Minute);
        _clock.Advance(TimeSpan.FromMinutes(40));
        await Rollups.RefreshAsync(Token);
        await AssertStepsAsync(1, T0, T0 + Hour, Hour, TelemetrySource.Hour);
        await AssertBucketsAsync();
    }

    [Fact]
    public async Task Before_samples_are_kept_late_ones_only_let_the_rollups_grow()
    {
        await IngestAsync([.. Enumerable.Range(0, 20).Select(i => Row(1, T0 + (i * 13 * Minute)))]);
        _clock.Advance(TimeSpan.FromHours(6));
        await Rollups.MoveRawFromAsync(Start.AddHours(2), Token);
        await RemoveSamplesAsync(T0 + (2 * Hour));
        await AssertStepsAsync(1, T0, T0 + (6 * Hour), Hour, TelemetrySource.Hour);
        var kept = await IngestAsync([.. Enumerable.Range(0, 7).Select(i => Row(1, T0 + (i * 23 * Minute) + i)), Row(1, T0 + (5 * Hour))]);
        Assert.Equal(2, kept);
        await AssertStepsAsync(1, T0, T0 + (6 * Hour), Hour, TelemetrySource.Hour);
        await Rollups.RefreshAsync(Token);
        await AssertStepsAsync(1, T0, T0 + (6 * Hour), Hour, TelemetrySource.Hour);
        await AssertStepsAsync(1, T0, T0 + (6 * Hour), Minute, TelemetrySource.Minute);
        await AssertBucketsAsync();
        Assert.Equal(0, await CountAsync("SELECT count(*) FROM telemetry WHERE time < @time", T0 + (2 * Hour)));
    }

    [Fact]
    public async Task Where_only_rollups_are_left_they_answer_whatever_signals_are_asked()
    {
        await IngestAsync([.. Enumerable.Range(0, 60).Select(i => Row(1, T0 + (i * 4 * Minute)))]);
        _clock.Advance(TimeSpan.FromHours(6));
        await Rollups.MoveRawFromAsync(Start.AddHours(2), Token);
        await RemoveSamplesAsync(T0 + (2 * Hour));
        var page = await Store.ReadStepsAsync(Query(1, T0, T0 + (4 * Hour)) with { Signals = null }, Hour, Token);
        Assert.Equal(TelemetrySource.Hour, page.Source);
        Assert.Equal([15L, 15, 15, 15], page.Items.Select(step => step.Samples));
        Assert.Equal(SignalCatalogue.Speed, Assert.Single(page.Items[1].Signals).Signal);
        Assert.True(page.Items[2].Signals.Count > 1);
        Assert.All(page.Items, step => Assert.NotNull(step.Distance));
        var heading = await Store.ReadStepsAsync(Query(1, T0, T0 + (4 * Hour)) with { Signals = [SignalCatalogue.Heading] }, Hour, Token);
        Assert.Empty(heading.Items[0].Signals);
        Assert.Equal(SignalCatalogue.Heading, Assert.Single(heading.Items[3].Signals).Signal);
        Assert.Empty((await Store.ReadStepsAsync(Query(1, T0, T0 + (2 * Hour)), 30 * Second, Token)).Items);
    }

    [Fact]
    public async Task Samples_of_a_time_that_is_not_over_cannot_be_given_up()
    {
        _clock.Advance(TimeSpan.FromHours(2));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Rollups.MoveRawFromAsync(Start.AddHours(2), Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Rollups.MoveRawFromAsync(Start.AddMinutes(30), Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Rollups.MoveRawFromAsync(DateTime.SpecifyKind(Start, DateTimeKind.Unspecified), Token));
    }

    [Fact]
    public async Task Ten_thousand_samples_of_one_vehicle_come_in_one_batch()
    {
        _clock.Advance(TimeSpan.FromHours(40));
        await Rollups.MoveRawFromAsync(Start.AddHours(10), Token);
        await IngestAsync([.. Enumerable.Range(0, 10_000).Select(i => Row(1, T0 + (i * 10 * Second)))]);
        Assert.Equal(18, (await NotesAsync()).Count);
        await AssertStepsAsync(1, T0, T0 + (40 * Hour), Hour, TelemetrySource.Hour);
        await Rollups.RefreshAsync(Token);
        await AssertStepsAsync(1, T0, T0 + (40 * Hour), Hour, TelemetrySource.Hour);
        await AssertStepsAsync(1, T0, T0 + (40 * Hour), 7 * Minute, TelemetrySource.Minute);
        await AssertBucketsAsync();
    }

    [Fact]
    public async Task A_sample_of_the_year_1_is_summed_up_like_any_other()
    {
        var time = UnixTime.ToMicroseconds(DateTime.MinValue);
        await IngestAsync([Row(1, time), Row(1, time + Minute + 1), Row(1, T0 - Hour)]);
        _clock.Advance(TimeSpan.FromHours(1));
        await Rollups.RefreshAsync(Token);
        await AssertStepsAsync(1, time, T0 + Hour, Hour, TelemetrySource.Hour);
        await Rollups.MoveRawFromAsync(Start, Token);
        await IngestAsync([Row(1, time + 5)]);
        await AssertStepsAsync(1, time, T0 + Hour, Hour, TelemetrySource.Hour);
        await AssertBucketsAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Whatever_comes_whenever_the_answer_is_that_of_the_samples(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 12; round++)
        {
            for (var batch = 0; batch < 3; batch++)
            {
                await IngestAsync(RandomRows(random));
            }

            _clock.Advance(TimeSpan.FromSeconds(random.Next(1, 3_000)));
            if (random.Next(3) > 0)
            {
                await Rollups.RefreshAsync(Token);
                await IngestAsync(RandomRows(random));
            }

            if (round is 6 or 9)
            {
                var rawFrom = new DateTime(_clock.GetUtcNow().UtcDateTime.Ticks / TimeSpan.TicksPerHour * TimeSpan.TicksPerHour, DateTimeKind.Utc).AddHours(-2);
                await Rollups.MoveRawFromAsync(rawFrom, Token);
                await RemoveSamplesAsync(UnixTime.ToMicroseconds(rawFrom));
            }

            for (var query = 0; query < 6; query++)
            {
                await AssertRandomQueryAsync(random);
            }
        }

        _clock.Advance(TimeSpan.FromDays(1));
        await Rollups.RefreshAsync(Token);
        await AssertBucketsAsync();
    }

    [Fact]
    public async Task A_crash_anywhere_loses_nothing()
    {
        var random = new Random(7);
        for (var crashAt = 0; crashAt < 12; crashAt++)
        {
            await IngestAsync(RandomRows(random));
            _clock.Advance(TimeSpan.FromMinutes(25));
            await IngestAsync(RandomRows(random));
            try
            {
                var crashing = CreateRollups(new CrashingStore(RollupStore, crashAt));
                await crashing.RefreshAsync(Token);
                await crashing.MoveRawFromAsync(new DateTime(_clock.GetUtcNow().Ticks / TimeSpan.TicksPerHour * TimeSpan.TicksPerHour, DateTimeKind.Utc).AddHours(-3), Token);
            }
            catch (CrashException)
            {
                // The next run makes it up.
            }

            await AssertRandomQueryAsync(random, samplesOnlyKept: true);
        }

        await Rollups.RefreshAsync(Token);
        await AssertRandomQueryAsync(random, samplesOnlyKept: true);
        await AssertBucketsAsync();
    }

    [Fact]
    public async Task Ingest_goes_on_while_rollups_are_made()
    {
        var begun = Task.Run(async () =>
        {
            var random = new Random(11);
            for (var i = 0; i < 60; i++)
            {
                await IngestAsync(RandomRows(random));
                _clock.Advance(TimeSpan.FromMinutes(3));
            }
        }, Token);
        while (!begun.IsCompleted)
        {
            await Task.WhenAll(Rollups.RefreshAsync(Token), Rollups.MoveRawFromAsync(new DateTime(_clock.GetUtcNow().Ticks / TimeSpan.TicksPerHour * TimeSpan.TicksPerHour, DateTimeKind.Utc).AddHours(-2), Token));
        }

        await begun;
        _clock.Advance(TimeSpan.FromDays(1));
        await Rollups.RefreshAsync(Token);
        await AssertBucketsAsync();
    }

    private RollupMetrics Metrics() => new(_meters.GetRequiredService<IMeterFactory>(), _clock);

    private TelemetryRollups CreateRollups(IRollupStore store) => new(Database, store, Metrics(), _clock);

    /// <summary>Samples around now: most of them late, some of the future.</summary>
    private TelemetryRow[] RandomRows(Random random)
    {
        var now = _clock.GetUnixMicroseconds();
        return [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ =>
        {
            var spread = random.Next(4) switch { 0 => 6 * Hour, 1 => Hour, _ => 5 * Minute };
            return Row(random.Next(1, 4), now + (10 * Minute) - (random.NextInt64(spread / Second) * Second), random);
        })];
    }

    private static TelemetryRow Row(long vehicle, long time, Random? random = null)
    {
        random ??= new Random((int)(time / 7 % int.MaxValue));
        var row = new TelemetryRow { VehicleKey = vehicle, Time = time, StoredAt = time + 5, Values = SignalValues.None };
        void Set(int signal, double value, int rarity = 4) => row.Values[signal] = random.Next(rarity) == 0 ? double.NaN : value;
        Set(SignalCatalogue.Speed, random.Next(-500, 20_000) / 100d);
        Set(SignalCatalogue.TraveledDistance, random.Next(1_000_000), 50);
        Set(SignalCatalogue.PackVoltage, random.Next(3_000, 4_000) / 10d);
        Set(SignalCatalogue.PackCurrent, random.Next(-2_000, 2_000) / 10d);
        Set(SignalCatalogue.Latitude, random.Next(-900, 900) / 10d);
        Set(SignalCatalogue.Longitude, random.Next(-1_800, 1_800) / 10d);
        Set(SignalCatalogue.Heading, random.Next(3_600) / 10d, 50);
        return row;
    }

    /// <summary>What Ingest does with a batch.</summary>
    private async Task<int> IngestAsync(TelemetryRow[] rows)
    {
        var sorted = rows.OrderBy(row => row.VehicleKey).ThenBy(row => row.Time).ToArray();
        var written = sorted.ToArray();
        await using var session = await Database.BeginWriteAsync(Token);
        await session.LockRegistryAsync(RegistryAccess.Follow, Token);
        var kept = await new LateTelemetry(RollupStore).TakeAsync(sorted, session, Token);
        await Store.WriteAsync(sorted.AsMemory(0, kept), default, session, Token);
        await session.CommitAsync(Token);
        _samples.AddRange(written);
        return kept;
    }

    private async Task AssertRandomQueryAsync(Random random, bool samplesOnlyKept = false)
    {
        long[] steps = [Hour, Minute, 5 * Minute, 2 * Hour, 90 * Minute, 24 * Hour, 20 * Second];
        var step = steps[random.Next(steps.Length)];
        var now = _clock.GetUnixMicroseconds();
        var from = now - random.NextInt64(6 * Hour);
        var to = from + 1 + random.NextInt64(4 * Hour);
        var rawFrom = (await ReadStateAsync()).RawFrom;
        if (from < rawFrom)
        {
            // Nothing is left that could be cut there.
            from = RollupTime.Floor(from, Minute);
            to = to < rawFrom ? RollupTime.Ceiling(to, Minute) : to;
            step = Math.Max(step, Minute);
        }

        Assert.True(samplesOnlyKept || from < to);
        await AssertStepsAsync(random.Next(1, 4), from, to, step, source: null, limit: random.Next(1, 8));
    }

    /// <summary>All pages of a query are what the samples say.</summary>
    private async Task AssertStepsAsync(long vehicle, long from, long to, long step, TelemetrySource? source, int limit = 1_000)
    {
        var expected = _samples
            .Where(row => row.VehicleKey == vehicle && row.Time >= from && row.Time < to)
            .GroupBy(row => RollupTime.Floor(row.Time, step))
            .OrderBy(group => group.Key)
            .ToList();
        var actual = new List<HistoryStep>();
        var query = new HistoryQuery(vehicle, from, to, limit) { Signals = SpeedOnly };
        do
        {
            var page = await Store.ReadStepsAsync(query, step, Token);
            Assert.InRange(page.Items.Count, 0, limit);
            Assert.Equal(source ?? page.Source, page.Source);
            actual.AddRange(page.Items);
            query = query with { Cursor = page.NextCursor };
        }
        while (query.Cursor is not null);
        Assert.Equal(expected.Select(group => group.Key), actual.Select(item => item.Start));
        foreach (var (group, item) in expected.Zip(actual))
        {
            AssertStep([.. group], item);
        }
    }

    private static void AssertStep(List<TelemetryRow> rows, HistoryStep step)
    {
        Assert.Equal(rows.Count, step.Samples);
        double Speed(TelemetryRow row) => row.Values[SignalCatalogue.Speed];
        var speeds = rows.Where(row => !double.IsNaN(Speed(row))).OrderBy(row => row.Time).ThenBy(Speed).ToList();
        if (speeds.Count == 0)
        {
            Assert.Empty(step.Signals);
        }
        else
        {
            var speed = Assert.Single(step.Signals);
            Assert.Equal((speeds.Count, speeds.Min(Speed), speeds.Max(Speed), Speed(speeds[^1])), (speed.Count, speed.Min, speed.Max, speed.Last));
            Assert.Equal(speeds.Average(Speed), speed.Average, 1e-6);
        }

        var distances = rows.Select(row => row.Values[SignalCatalogue.TraveledDistance]).Where(value => !double.IsNaN(value)).ToList();
        Assert.Equal(distances.Count == 0 ? null : (long)(distances.Max() - distances.Min()), step.Distance);
        var powers = rows.Select(row => row.Values[SignalCatalogue.PackVoltage] * row.Values[SignalCatalogue.PackCurrent]).Where(value => !double.IsNaN(value)).ToList();
        Assert.Equal(powers.Count == 0, step.Energy is null);
        if (powers.Count > 0)
        {
            Assert.Equal(-powers.Average() / 1_000 * (rows.Max(row => row.Time) - rows.Min(row => row.Time)) / Hour, step.Energy!.Value, 1e-4);
        }

        var positions = rows
            .Select(row => (row.Time, Latitude: row.Values[SignalCatalogue.Latitude], Longitude: row.Values[SignalCatalogue.Longitude]))
            .Where(position => !double.IsNaN(position.Latitude) && !double.IsNaN(position.Longitude))
            .Order()
            .Select(position => (PositionFix?)new PositionFix(position.Time, position.Latitude, position.Longitude))
            .ToList();
        Assert.Equal(positions.FirstOrDefault(), step.FirstPosition);
        Assert.Equal(positions.LastOrDefault(), step.LastPosition);
    }

    /// <summary>Both rollups hold every sample up to where they are, summed up exactly, and nothing is noted.</summary>
    private async Task AssertBucketsAsync()
    {
        Assert.Empty(await NotesAsync());
        var rolledUpTo = (await ReadStateAsync()).RolledUpTo;
        foreach (var (table, length) in new[] { (TimeSeriesTables.Minutes, Minute), (TimeSeriesTables.Hours, Hour) })
        {
            foreach (var vehicle in new[] { 1L, 2, 3 })
            {
                var buckets = await ReadBucketsAsync(table, vehicle);
                var expected = _samples
                    .Where(row => row.VehicleKey == vehicle && row.Time < rolledUpTo)
                    .GroupBy(row => RollupTime.Floor(row.Time, length))
                    .OrderBy(group => group.Key)
                    .ToList();
                Assert.Equal(expected.Select(group => group.Key), buckets.Select(bucket => bucket.Time));
                foreach (var (group, bucket) in expected.Zip(buckets))
                {
                    var aggregate = new StepAggregate(SpeedOnly);
                    aggregate.Add(bucket.Time, in bucket);
                    AssertStep([.. group], aggregate.Finish());
                }
            }
        }
    }

    private async Task<List<TelemetryBucket>> ReadBucketsAsync(string table, long vehicle)
    {
        await using var session = await Database.BeginWriteAsync(Token);
        await using var command = session.CreateCommand(RollupSql.SelectBuckets(table));
        command.AddParameter("@vehicle", vehicle);
        command.AddParameter("@from", DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc));
        command.AddParameter("@to", Start.AddYears(1));
        var buckets = new List<TelemetryBucket>();
        await using var rows = await command.ExecuteReaderAsync(Token);
        while (await rows.ReadAsync(Token))
        {
            buckets.Add(RollupSql.ReadBucket(rows));
        }

        return buckets;
    }

    private async Task<List<VehicleHour>> NotesAsync()
    {
        await using var session = await Database.BeginWriteAsync(Token);
        await using var command = session.CreateCommand("SELECT vehicle_key, hour FROM telemetry_late_hour ORDER BY id");
        var notes = new List<VehicleHour>();
        await using var rows = await command.ExecuteReaderAsync(Token);
        while (await rows.ReadAsync(Token))
        {
            notes.Add(new VehicleHour(rows.GetInt64(0), rows.GetUnixMicroseconds(1)));
        }

        return notes;
    }

    private async Task<RollupState> ReadStateAsync()
    {
        await using var session = await Database.BeginWriteAsync(Token);
        return await RollupState.ReadAsync(session, Token);
    }

    /// <summary>What retention does.</summary>
    private async Task RemoveSamplesAsync(long before)
    {
        await using var session = await Database.BeginWriteAsync(Token);
        await using (var command = session.CreateCommand("DELETE FROM telemetry WHERE time < @time"))
        {
            command.AddParameter("@time", UnixTime.ToDateTime(before));
            await command.ExecuteNonQueryAsync(Token);
        }

        await session.CommitAsync(Token);
    }

    private async Task<long> CountAsync(string sql, long time)
    {
        await using var session = await Database.BeginWriteAsync(Token);
        await using var command = session.CreateCommand(sql);
        command.AddParameter("@time", UnixTime.ToDateTime(time));
        return Convert.ToInt64(await command.ExecuteScalarAsync(Token), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static HistoryQuery Query(long vehicle, long from, long to) => new(vehicle, from, to, 1_000) { Signals = SpeedOnly };

    private sealed class CrashException : Exception;

    /// <summary>Fails at the n-th call, before or after doing it.</summary>
    private sealed class CrashingStore(IRollupStore inner, int crashAt) : IRollupStore
    {
        private int _calls;

        public long MaxPiece => inner.MaxPiece;

        public int MaxHours => 3;

        public string LockProgress => inner.LockProgress;

        public ValueTask NoteAsync(IReadOnlyList<VehicleHour> hours, WriteSession session, CancellationToken cancellationToken) => DoAsync(inner.NoteAsync(hours, session, cancellationToken));

        public ValueTask RemoveNotesAsync(IReadOnlyList<VehicleHour> hours, WriteSession session, CancellationToken cancellationToken) => DoAsync(inner.RemoveNotesAsync(hours, session, cancellationToken));

        public ValueTask RollUpAsync(long from, long to, WriteSession session, CancellationToken cancellationToken) => DoAsync(inner.RollUpAsync(from, to, session, cancellationToken));

        public ValueTask RecomputeAsync(IReadOnlyList<VehicleHour> hours, long until, WriteSession session, CancellationToken cancellationToken) => DoAsync(inner.RecomputeAsync(hours, until, session, cancellationToken));

        public ValueTask MergeAsync(IReadOnlyList<TelemetryBucket> minutes, WriteSession session, CancellationToken cancellationToken) => DoAsync(inner.MergeAsync(minutes, session, cancellationToken));

        private async ValueTask DoAsync(ValueTask call)
        {
            await call;
            if (_calls++ == crashAt)
            {
                throw new CrashException();
            }
        }
    }
}
