using System.Globalization;
using System.Text.Json;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Storage;
using Telematics.Tests.Storage;
using Xunit;

namespace Telematics.Tests.Ingest;

/// <summary>What cars really send: clocks that jump, everything twice, days late, and as much as the limits allow.</summary>
public class HardCaseTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_clock_that_jumps_loses_nothing_and_the_newest_state_follows_the_last_report()
    {
        await using var bench = await IngestBench.CreateAsync();
        bench.Retention.MinuteRollupDays = 0;
        await bench.StartAsync(maxMessages: 3);
        var jumps = new double[] { 0, 23 * 3600, -400 * 86_400, 1, -1, 12 * 3600, -1_764_000_000, 2 };
        for (var i = 0; i < jumps.Length; i++)
        {
            bench.Report("car", i, jumps[i], boot: 1, seq: i);
            bench.Log.Now += 1_000;
        }

        bench.Log.Now += 24 * 3_600_000;
        bench.Report("car", 99, 0, boot: 1, seq: jumps.Length);
        await bench.DrainAsync();
        var speeds = await bench.SpeedsAsync("car");
        Assert.Equal([0d, 1, 2, 3, 4, 5, 6, 7, 99], speeds.Order());
        Assert.Equal([6d, 2], speeds.Take(2)); // 1970, then a year ago
        Assert.Equal(99, await bench.LatestSpeedAsync("car"));
        Assert.Empty(await bench.RejectedAsync());
    }

    [Fact]
    public async Task Everything_sent_three_times_in_another_order_is_stored_once()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync(maxMessages: 13);
        for (var window = 0; window < 10; window++)
        {
            // Within the 64 numbers that are remembered.
            var numbers = Enumerable.Range(window * 20, 20).ToArray();
            foreach (var seq in numbers.Concat(numbers.Reverse()).Concat(numbers.OrderBy(seq => seq * 7 % 20)))
            {
                bench.Report("car-a", seq, seq, boot: 5, seq: seq);
                bench.Report("car-b", seq, seq, boot: long.MaxValue, seq: long.MaxValue - 1_000 + seq);
            }
        }

        await bench.DrainAsync();
        Assert.Equal(Enumerable.Range(0, 200).Select(seq => (double)seq), await bench.SpeedsAsync("car-a"));
        Assert.Equal(Enumerable.Range(0, 200).Select(seq => (double)seq), await bench.SpeedsAsync("car-b"));
        Assert.Equal(800, bench.Status.GetSnapshot().Duplicates);
    }

    [Fact]
    public async Task A_backlog_of_a_year_that_arrives_after_live_data_is_stored_and_the_newest_stays()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync(maxMessages: 10);
        bench.Report("car", 500, 0, boot: 1, seq: 0);
        for (var day = 1; day <= 365; day++)
        {
            bench.Report("car", day, -day * 86_400, boot: 1, seq: day);
        }

        await bench.DrainAsync();
        Assert.Equal([.. Enumerable.Range(1, 365).Reverse().Select(day => (double)day), 500], await bench.SpeedsAsync("car"));
        Assert.Equal(500, await bench.LatestSpeedAsync("car"));
    }

    [Fact]
    public async Task Ten_thousand_samples_in_one_message_are_stored_and_one_more_is_refused()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync();
        bench.Append("car", Message(TelemetryLimits.MaxSamples, seq: 1));
        bench.Append("car", Message(TelemetryLimits.MaxSamples, seq: 1)); // and its repeat
        bench.Append("car", Message(TelemetryLimits.MaxSamples + 1, seq: 2));
        await bench.DrainAsync();
        var samples = await HistoryAsync(bench, "car", 1_000);
        Assert.Equal(Enumerable.Range(0, TelemetryLimits.MaxSamples), samples.Select(sample => (int)sample.Values[SignalCatalogue.TraveledDistance]));
        Assert.Equal(RejectReason.TooMany, Assert.Single(await bench.RejectedAsync()).Reason);

        string Message(int samples, int seq)
        {
            var start = DateTimeOffset.FromUnixTimeMilliseconds(bench.Log.Now).AddDays(-1);
            var list = Enumerable.Range(0, samples).Select(i => $$"""{"time":"{{start.AddSeconds(i):yyyy-MM-ddTHH:mm:ssZ}}","Vehicle.TraveledDistance":{{i}}}""");
            return $$"""{"boot":1,"seq":{{seq}},"samples":[{{string.Join(',', list)}}]}""";
        }
    }

    [Fact]
    public async Task A_message_too_wide_for_one_transaction_is_stored_in_parts_once_whatever_they_die_of()
    {
        await using var bench = await IngestBench.CreateAsync();
        var deaths = 0;
        var parts = new List<int>();
        bench.BeforeRows = rows =>
        {
            if (rows.Length > 300)
            {
                throw new TransactionTooWideException("Too many partitions.");
            }

            parts.Add(rows.Length);
        };
        bench.BeforeCommit = () => ++deaths % 3 == 0 ? throw new IOException("disk") : Task.CompletedTask;
        bench.Report("car", -1, -3_000_000, boot: 1, seq: 0);
        bench.Append("car", Message(seq: 1));
        bench.Append("car", Message(seq: 1)); // and its repeat
        bench.Report("car", -2, 1, boot: 1, seq: 2);
        var first = await bench.StartAsync();
        await ConsumerBench.UntilAsync(() => Task.FromResult(parts.Count(length => length > 200) >= 3));

        // Another process goes on where this one stood.
        await first.DisposeAsync();
        await bench.StartAsync();
        await bench.DrainAsync();

        Assert.Equal([-1d, .. Enumerable.Range(0, 1_000).Select(i => (double)(i % 500)), -2], await bench.SpeedsAsync("car"));
        Assert.Equal(-2, await bench.LatestSpeedAsync("car"));
        Assert.Equal(RejectReason.TimeMissing, Assert.Single(await bench.RejectedAsync()).Reason);
        Assert.True(deaths > 6, $"it died only {deaths / 3} times");
        var figures = bench.Status.GetSnapshot();
        Assert.Equal((1_002L, 1L), (figures.Rows, figures.Duplicates));

        // Samples of one moment lie across the end of the first part.
        string Message(int seq)
        {
            var start = DateTimeOffset.FromUnixTimeMilliseconds(bench.Log.Now).AddDays(-30);
            var list = Enumerable.Range(0, 1_000).Select(i => $$"""{"time":"{{start.AddSeconds(i is > 250 and < 270 ? 250 : i):yyyy-MM-ddTHH:mm:ssZ}}","Vehicle.Speed":{{i % 500}}}""");
            return $$"""{"boot":1,"seq":{{seq}},"samples":[{{string.Join(',', list)}},{"Vehicle.Speed":3}]}""";
        }
    }

    [Fact]
    public async Task A_message_with_samples_of_hundreds_of_days_is_stored_whole_beside_the_others()
    {
        const int Days = 600;
        await using var bench = await IngestBench.CreateAsync();
        bench.Retention.MinuteRollupDays = 0;
        bench.Report("car", -1, 0, boot: 1, seq: 0);
        bench.Append("car", $$"""{"boot":1,"seq":1,"samples":[{{string.Join(',', Enumerable.Range(1, Days).Select(day => bench.Sample(day % 500, -day * 86_400)))}}]}""");
        bench.Report("car", -2, 1, boot: 1, seq: 2);
        await bench.StartAsync();
        await bench.DrainAsync();
        Assert.Equal([.. Enumerable.Range(1, Days).Reverse().Select(day => (double)(day % 500)), -1, -2], await bench.SpeedsAsync("car"));
        Assert.Equal(-2, await bench.LatestSpeedAsync("car"));
        Assert.Empty(await bench.RejectedAsync());
    }

    [Fact]
    public async Task Four_thousand_signals_in_one_sample_are_stored_each()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync();
        const int Count = 4_000;
        var others = Enumerable.Range(0, Count).Select(i => string.Create(CultureInfo.InvariantCulture, $"\"Vehicle.Acme.Cell{i}.Voltage\":{i / 8.0}"));
        bench.Append("car", bench.Sample(63.5)[..^1] + "," + string.Join(',', others) + "}");
        bench.Report("car", 1, 1);
        await bench.DrainAsync();
        var samples = await HistoryAsync(bench, "car", 10);
        Assert.Equal(2, samples.Count);
        Assert.Equal(63.5, samples[0].Values[SignalCatalogue.Speed]);
        using var other = JsonDocument.Parse(samples[0].Other!);
        Assert.Equal(Count, other.RootElement.EnumerateObject().Count());
        Assert.All(Enumerable.Range(0, Count), i => Assert.Equal(i / 8.0, other.RootElement.GetProperty($"Vehicle.Acme.Cell{i}.Voltage").GetDouble()));
        Assert.Null(samples[1].Other);
    }

    [Theory]
    [InlineData("NaN", RejectReason.Undecodable)]
    [InlineData("Infinity", RejectReason.Undecodable)]
    [InlineData("\"NaN\"", RejectReason.ValueOutOfRange)]
    [InlineData("1e999", RejectReason.ValueOutOfRange)]
    [InlineData("-1e999", RejectReason.ValueOutOfRange)]
    [InlineData("500.0001", RejectReason.ValueOutOfRange)]
    [InlineData("-250.0001", RejectReason.ValueOutOfRange)]
    [InlineData("true", RejectReason.ValueOutOfRange)]
    [InlineData("[]", RejectReason.ValueOutOfRange)]
    public async Task A_value_that_is_none_is_rejected_and_its_neighbours_are_stored(string value, RejectReason reason)
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync();
        bench.Report("car", 1, 0);
        bench.Append("car", bench.Sample(0).Replace("\"Vehicle.Speed\":0", $"\"Vehicle.Speed\":{value}", StringComparison.Ordinal));
        bench.Report("car", 3, 2);
        await bench.DrainAsync();
        Assert.Equal([1d, 3], await bench.SpeedsAsync("car"));
        Assert.Equal(reason, Assert.Single(await bench.RejectedAsync()).Reason);
    }

    [Fact]
    public async Task Values_at_the_ends_of_their_ranges_come_back()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync();
        bench.Append("car", Message(signal => signal.Min, 0));
        bench.Append("car", Message(signal => signal.Max, 1));
        bench.Append("car", bench.Sample(0, 2).Replace("\"Vehicle.Speed\":0", "\"Vehicle.Speed\":1e-300", StringComparison.Ordinal)); // below what 32 bits hold
        bench.Append("car", bench.Sample(0, 3).Replace("\"Vehicle.Speed\":0", "\"Vehicle.Speed\":-0.0", StringComparison.Ordinal));
        await bench.DrainAsync();
        Assert.Empty(await bench.RejectedAsync());
        var samples = await HistoryAsync(bench, "car", 10);
        Assert.All(SignalCatalogue.Signals, signal => Assert.Equal(signal.Min, samples[0].Values[signal.Index]));
        Assert.All(SignalCatalogue.Signals, signal => Assert.Equal(signal.Max, samples[1].Values[signal.Index]));
        Assert.InRange(samples[2].Values[SignalCatalogue.Speed], 0, 1e-299);
        Assert.Equal(0, samples[3].Values[SignalCatalogue.Speed]);

        string Message(Func<Signal, double> value, int seconds)
        {
            var signals = SignalCatalogue.Signals.Select(signal => string.Create(CultureInfo.InvariantCulture, $"\"{signal.Path}\":{signal.Type switch
            {
                SignalType.Boolean => value(signal) == 0 ? "false" : "true",
                SignalType.Label => $"\"{signal.Labels[(int)value(signal)]}\"",
                _ => value(signal).ToString("R", CultureInfo.InvariantCulture),
            }}"));
            return bench.Sample(0, seconds).Replace("\"Vehicle.Speed\":0", string.Join(',', signals), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Other_signals_that_databases_find_hard_come_back_or_are_rejected()
    {
        string[] kept = ["1.7976931348623157E+308", "5E-324", "0.1", "9007199254740993", "\"\\\"\\\\ 😀 \\u0001\"", "\"\"", "{}", "[]", "[null,true]", "\"a\\r\\nb\\tc\"", $"\"{new string('x', 50_000)}\""];
        string[] refused = ["1e999", "\"a\\u0000b\"", "\"\\ud800\""];
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync();
        foreach (var (value, i) in kept.Concat(refused).Select((value, i) => (value, i)))
        {
            bench.Append("car", bench.Sample(i, i)[..^1] + $",\"Vehicle.Acme.Value\":{value}}}");
        }

        await bench.DrainAsync();
        var samples = await HistoryAsync(bench, "car", 4);
        Assert.Equal(kept.Length, samples.Count);
        foreach (var (value, sample) in kept.Zip(samples))
        {
            using var expected = JsonDocument.Parse(value);
            using var actual = JsonDocument.Parse(sample.Other!);
            var stored = actual.RootElement.GetProperty("Vehicle.Acme.Value");
            if (expected.RootElement.ValueKind == JsonValueKind.Number)
            {
                Assert.Equal(expected.RootElement.GetDouble(), stored.GetDouble());
            }
            else
            {
                Assert.True(JsonElement.DeepEquals(expected.RootElement, stored), $"{value}: {stored}");
            }
        }

        Assert.Equal(refused.Length, (await bench.RejectedAsync()).Count);
    }

    [Fact]
    public async Task Hundreds_of_samples_at_the_same_microsecond_are_paged_without_loss_or_repeat()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync(maxMessages: 50);
        for (var i = 0; i < 300; i++)
        {
            bench.Report("car", i);
        }

        bench.Report("car", 400, -1);
        bench.Report("car", 401, 1);
        await bench.DrainAsync();
        foreach (var limit in new[] { 1, 7, 299, 300, 301, 302, 1_000 })
        {
            var speeds = (await HistoryAsync(bench, "car", limit)).Select(sample => sample.Values[SignalCatalogue.Speed]).ToList();
            Assert.Equal((400, 401), (speeds[0], speeds[^1]));
            Assert.Equal(Enumerable.Range(0, 300).Select(i => (double)i), speeds.Skip(1).SkipLast(1).Order());
        }
    }

    private static async Task<List<HistorySample>> HistoryAsync(IngestBench bench, string vehicleId, int limit)
    {
        var vehicle = (await bench.Database.Registry.GetAsync(vehicleId, Token))!;
        var samples = new List<HistorySample>();
        var query = new HistoryQuery(vehicle.Id, 0, UnixTime.ToMicroseconds(new DateTime(2100, 1, 1, 0, 0, 0, DateTimeKind.Utc)), limit);
        do
        {
            var page = await bench.Database.Store.ReadHistoryAsync(query, Token);
            Assert.True(page.Items.Count <= limit);
            samples.AddRange(page.Items);
            query = query with { Cursor = page.NextCursor };
        }
        while (query.Cursor is not null);
        return samples;
    }
}
