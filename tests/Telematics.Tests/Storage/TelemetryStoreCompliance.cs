using System.Text;
using System.Text.Json.Nodes;
using Telematics.Contracts.Telemetry;
using Telematics.Storage;
using Xunit;

namespace Telematics.Tests.Storage;

/// <summary>What every telemetry store does; one subclass for each database.</summary>
public abstract class TelemetryStoreCompliance : IAsyncLifetime
{
    private const long Start = 1_764_000_000_000_000;
    private const long Second = 1_000_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The database under test, empty.</summary>
    protected abstract ITelematicsDatabase Database { get; }

    /// <summary>Its store.</summary>
    protected abstract ITelemetryStore Store { get; }

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task Every_signal_of_the_catalogue_is_read_back_as_it_was_written()
    {
        var row = Row(1, Start, values => { foreach (var signal in SignalCatalogue.Signals) { values[signal.Index] = (float)(signal.Type is SignalType.Double or SignalType.Real ? signal.Max / 3 : signal.Max); } });
        await WriteAsync([row]);
        var sample = Assert.Single((await Store.ReadHistoryAsync(new HistoryQuery(1, Start, Start + 1, 10), Token)).Items);
        Assert.Equal((Start, Start + 5), (sample.Time, sample.StoredAt));
        foreach (var signal in SignalCatalogue.Signals)
        {
            Assert.Equal(row.Values[signal.Index], sample.Values[signal.Index], 1e-6 * Math.Max(1, Math.Abs(row.Values[signal.Index])));
        }
    }

    [Fact]
    public async Task What_was_not_reported_is_not_reported()
    {
        await WriteAsync([Row(1, Start)]);
        var sample = Assert.Single((await Store.ReadHistoryAsync(new HistoryQuery(1, Start, Start + 1, 10), Token)).Items);
        Assert.All(SignalCatalogue.Signals, signal => Assert.True(double.IsNaN(sample.Values[signal.Index])));
        Assert.Null(sample.Other);
    }

    [Fact]
    public async Task Other_signals_are_kept_as_their_JSON()
    {
        const string other = """{"Vehicle.Cabin.Door.Count":4,"x":"ä"}""";
        var bytes = Encoding.UTF8.GetBytes("--" + other);
        var row = Row(1, Start);
        (row.OtherStart, row.OtherLength) = (2, bytes.Length - 2);
        await WriteAsync([row], bytes);
        var read = Assert.Single((await Store.ReadHistoryAsync(new HistoryQuery(1, Start, Start + 1, 10), Token)).Items).Other;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(other), JsonNode.Parse(read!)), read);
        Assert.Null(Assert.Single((await Store.ReadHistoryAsync(new HistoryQuery(1, Start, Start + 1, 10) { WithOther = false }, Token)).Items).Other);
    }

    [Fact]
    public async Task A_history_goes_page_by_page_also_over_samples_of_one_moment()
    {
        await WriteAsync([.. Enumerable.Range(0, 10).Select(i => Row(1, Start + (i / 5 * Second), values => values[SignalCatalogue.Speed] = i)), Row(2, Start, values => values[SignalCatalogue.Speed] = 99)]);
        var speeds = new List<double>();
        string? cursor = null;
        do
        {
            var page = await Store.ReadHistoryAsync(new HistoryQuery(1, Start, Start + (2 * Second), 3) { Cursor = cursor }, Token);
            Assert.InRange(page.Items.Count, 1, 3);
            speeds.AddRange(page.Items.Select(sample => sample.Values[SignalCatalogue.Speed]));
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (double)i), speeds);
    }

    [Fact]
    public async Task A_history_has_a_beginning_and_an_end_and_only_the_wanted_signals()
    {
        await WriteAsync([.. Enumerable.Range(0, 5).Select(i => Row(1, Start + (i * Second), values => (values[SignalCatalogue.Speed], values[SignalCatalogue.Heading]) = (i, i)))]);
        var page = await Store.ReadHistoryAsync(new HistoryQuery(1, Start + Second, Start + (3 * Second), 10) { Signals = [SignalCatalogue.Heading] }, Token);
        Assert.Equal([1d, 2d], page.Items.Select(sample => sample.Values[SignalCatalogue.Heading]));
        Assert.All(page.Items, sample => Assert.True(double.IsNaN(sample.Values[SignalCatalogue.Speed])));
        Assert.Null(page.NextCursor);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("1")]
    [InlineData("1.2.3")]
    [InlineData("")]
    public async Task A_foreign_cursor_is_refused(string cursor) =>
        await Assert.ThrowsAsync<FormatException>(async () => await Store.ReadHistoryAsync(new HistoryQuery(1, Start, Start + Second, 3) { Cursor = cursor }, Token));

    [Fact]
    public async Task Steps_sum_up_what_lies_in_them()
    {
        double[] speeds = [10, 30, 20, double.NaN, 50];
        await WriteAsync([.. speeds.Select((speed, i) => Row(1, Start + (i * Second), values => values[SignalCatalogue.Speed] = speed))]);
        var query = new HistoryQuery(1, Start, Start + (10 * Second), 10) { Signals = [SignalCatalogue.Speed] };
        var page = await Store.ReadStepsAsync(query, 3 * Second, Token);
        Assert.Equal([Start, Start + (3 * Second)], page.Items.Select(step => step.Start));
        Assert.Equal([3L, 2L], page.Items.Select(step => step.Samples));
        Assert.Equal(new SignalAggregate(SignalCatalogue.Speed, 3, 10, 30, 20, 20), Assert.Single(page.Items[0].Signals));
        Assert.Equal(new SignalAggregate(SignalCatalogue.Speed, 1, 50, 50, 50, 50), Assert.Single(page.Items[1].Signals));
    }

    [Fact]
    public async Task Steps_go_page_by_page_and_leave_out_empty_ones()
    {
        await WriteAsync([.. new[] { 0, 1, 7, 8, 20 }.Select(i => Row(1, Start + (i * Second), values => values[SignalCatalogue.Speed] = i))]);
        var query = new HistoryQuery(1, Start, Start + (60 * Second), 2);
        var first = await Store.ReadStepsAsync(query, 5 * Second, Token);
        var second = await Store.ReadStepsAsync(query with { Cursor = first.NextCursor }, 5 * Second, Token);
        Assert.Equal([0L, 5], first.Items.Select(step => (step.Start - Start) / Second));
        Assert.Equal([20L], second.Items.Select(step => (step.Start - Start) / Second));
        Assert.Null(second.NextCursor);
    }

    [Fact]
    public async Task The_newest_state_is_replaced_as_a_whole_and_only_by_a_newer_one()
    {
        await WriteLatestAsync(Latest(1, Start, 10, values => (values[SignalCatalogue.Speed], values[SignalCatalogue.Heading]) = (1, 1)));
        await WriteLatestAsync(Latest(1, Start - 1, 11, values => values[SignalCatalogue.Speed] = 2));
        Assert.Equal((Start, 1d, 1d), await ReadSpeedAsync());
        await WriteLatestAsync(Latest(1, Start + 1, 12, values => values[SignalCatalogue.Speed] = 3));
        Assert.Equal((Start + 1, 3d, double.NaN), await ReadSpeedAsync());
    }

    [Fact]
    public async Task Of_two_states_of_one_moment_the_later_message_counts()
    {
        await WriteLatestAsync(Latest(1, Start, 10, values => values[SignalCatalogue.Speed] = 1));
        await WriteLatestAsync(Latest(1, Start, 9, values => values[SignalCatalogue.Speed] = 2));
        Assert.Equal(1d, (await ReadSpeedAsync()).Speed);
        await WriteLatestAsync(Latest(1, Start, 11, values => values[SignalCatalogue.Speed] = 3));
        Assert.Equal(3d, (await ReadSpeedAsync()).Speed);
    }

    [Fact]
    public async Task Counters_move_whether_or_not_the_state_is_newer_and_stay_when_nothing_was_judged()
    {
        var counters = new SequenceCounters { HasFirst = true, FirstBoot = long.MaxValue, FirstSeq = 7, FirstSeen = ulong.MaxValue };
        await WriteLatestAsync(Latest(1, Start, 10));
        await WriteLatestAsync(Latest(1, Start - 1, 11) with { HasCounters = true, Counters = counters });
        await WriteLatestAsync(Latest(1, Start + 1, 12));
        Assert.Equal(counters, await ReadCountersAsync(1));
        counters = counters with { HasSecond = true, SecondBoot = -3, SecondSeq = 1, SecondSeen = 1UL << 63 };
        await WriteLatestAsync(new LatestRow { Newest = new TelemetryRow { VehicleKey = 1 }, HasCounters = true, Counters = counters });
        Assert.Equal(counters, await ReadCountersAsync(1));
        Assert.Equal(Start + 1, (await ReadSpeedAsync()).Time);
        Assert.Equal(default, await ReadCountersAsync(2));
    }

    [Fact]
    public async Task A_car_with_counters_only_has_no_newest_state()
    {
        await WriteLatestAsync(new LatestRow { Newest = new TelemetryRow { VehicleKey = 1 }, HasCounters = true, Counters = new SequenceCounters { HasFirst = true } });
        Assert.Empty(await ReadLatestAsync());
        await WriteLatestAsync(Latest(1, Start, 10));
        Assert.Single(await ReadLatestAsync());
    }

    [Fact]
    public async Task What_is_not_committed_is_not_there()
    {
        await using (var session = await Database.BeginWriteAsync(Token))
        {
            await Store.WriteAsync(new[] { Row(1, Start) }, default, session, Token);
            await Store.WriteLatestAsync(new[] { Latest(1, Start, 1) }, default, session, Token);
        }

        Assert.Empty((await Store.ReadHistoryAsync(new HistoryQuery(1, 0, long.MaxValue, 10), Token)).Items);
        Assert.Empty(await ReadLatestAsync());
    }

    private static TelemetryRow Row(long vehicle, long time, Action<double[]>? set = null)
    {
        var values = new double[SignalCatalogue.Count];
        Array.Fill(values, double.NaN);
        set?.Invoke(values);
        var row = new TelemetryRow { VehicleKey = vehicle, Time = time, StoredAt = time + 5, Values = SignalValues.None };
        values.CopyTo((Span<double>)row.Values);
        return row;
    }

    private static LatestRow Latest(long vehicle, long time, long offset, Action<double[]>? set = null) =>
        new() { Newest = Row(vehicle, time, set), HasState = true, EffectiveTime = time, QueueIndex = 3, QueueOffset = offset };

    private async Task WriteAsync(TelemetryRow[] rows, byte[]? other = null)
    {
        await using var session = await Database.BeginWriteAsync(Token);
        await Store.WriteAsync(rows, other, session, Token);
        await session.CommitAsync(Token);
    }

    private async Task WriteLatestAsync(LatestRow row)
    {
        await using var session = await Database.BeginWriteAsync(Token);
        await Store.WriteLatestAsync(new[] { row }, default, session, Token);
        await session.CommitAsync(Token);
    }

    private async Task<SequenceCounters> ReadCountersAsync(long vehicle)
    {
        await using var session = await Database.BeginWriteAsync(Token);
        var counters = new SequenceCounters[] { new() { HasFirst = true, FirstBoot = 77 } };
        await Store.ReadCountersAsync(new[] { vehicle }, counters, session, Token);
        return counters[0];
    }

    private async Task<List<LatestState>> ReadLatestAsync()
    {
        var states = new List<LatestState>();
        await using var snapshot = await Database.BeginSnapshotAsync(Token);
        await Store.ReadLatestAsync(snapshot, (in LatestState state) => states.Add(state), Token);
        return states;
    }

    private async Task<(long Time, double Speed, double Heading)> ReadSpeedAsync()
    {
        var state = Assert.Single(await ReadLatestAsync());
        Assert.Equal(3, state.QueueIndex);
        return (state.Time, state.Values[SignalCatalogue.Speed], state.Values[SignalCatalogue.Heading]);
    }
}
