using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Storage;
using Telematics.Storage.Rollups;
using Xunit;

namespace Telematics.IntegrationTests.Api;

public sealed class HistoryEndpointTests(ApiServerFixture fixture)
{
    private static readonly DateTime Start = new(2026, 1, 31, 8, 0, 0, DateTimeKind.Utc);

    private readonly HttpClient _client = fixture.Server.Client;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Samples_are_read_back_as_they_were_reported()
    {
        var id = await StoreAsync(3, TimeSpan.FromSeconds(10), other: """{"Vehicle.Cabin.Seat":{"Row":1},"Acme.Door":"open"}""");
        var items = await AllAsync($"vehicles/{id}/telemetry?from=2026-01-31T08:00:00Z&to=2026-01-31T09:00:00Z");
        Assert.Equal(3, items.Count);
        Assert.Equal("2026-01-31T08:00:10Z", items[1].GetProperty("time").GetString());
        Assert.Equal("2026-01-31T08:00:11Z", items[1].GetProperty("storedAt").GetString());
        var signals = items[1].GetProperty("signals");
        Assert.Equal(1, signals.GetProperty("Vehicle.Speed").GetDouble());
        Assert.True(signals.GetProperty("Vehicle.IsMoving").GetBoolean());
        Assert.Equal("LOCK", signals.GetProperty("Vehicle.LowVoltageSystemState").GetString());
        Assert.Equal("open", signals.GetProperty("Acme.Door").GetString());
        Assert.Equal(1, signals.GetProperty("Vehicle.Cabin.Seat").GetProperty("Row").GetInt32());
        Assert.False(items[1].TryGetProperty("aggregates", out _));
    }

    [Fact]
    public async Task Only_chosen_signals_are_answered()
    {
        var id = await StoreAsync(1, TimeSpan.FromSeconds(10), other: """{"Acme.Door":"open"}""");
        var item = Assert.Single(await AllAsync($"vehicles/{id}/telemetry?from=2026-01-31T08:00:00Z&to=2026-01-31T09:00:00Z&signals=Vehicle.Speed"));
        Assert.Equal("Vehicle.Speed", Assert.Single(item.GetProperty("signals").EnumerateObject()).Name);
    }

    [Theory]
    [InlineData("step=1m", 10, 6)]
    [InlineData("step=PT30S", 20, 3)]
    [InlineData("step=1h", 1, 60)]
    public async Task Samples_are_summed_up_per_step(string step, int steps, int samples)
    {
        var id = await StoreAsync(60, TimeSpan.FromSeconds(10));
        var items = await AllAsync($"vehicles/{id}/telemetry?from=2026-01-31T08:00:00Z&to=2026-01-31T09:00:00Z&limit=4&{step}");
        Assert.Equal(steps, items.Count);
        Assert.All(items, item => Assert.Equal(samples, item.GetProperty("samples").GetInt64()));
        var speed = items[0].GetProperty("aggregates").GetProperty("Vehicle.Speed");
        Assert.Equal(samples, speed.GetProperty("count").GetInt64());
        Assert.Equal(0, speed.GetProperty("min").GetDouble());
        Assert.Equal(samples - 1, speed.GetProperty("max").GetDouble());
        Assert.Equal((samples - 1) / 2.0, speed.GetProperty("avg").GetDouble(), 6);
        Assert.Equal(samples - 1, speed.GetProperty("last").GetDouble());
        var label = items[0].GetProperty("aggregates").GetProperty("Vehicle.LowVoltageSystemState");
        Assert.Equal("LOCK", label.GetProperty("last").GetString());
        Assert.False(label.TryGetProperty("avg", out _));
    }

    [Fact]
    public async Task A_step_tells_distance_energy_and_positions_and_the_page_what_it_was_made_of()
    {
        var id = await StoreAsync(360, TimeSpan.FromSeconds(10));
        var path = $"vehicles/{id}/telemetry?from=2026-01-31T08:00:00Z&to=2026-01-31T09:00:00Z&step=1h&signals=Vehicle.Speed";
        using var raw = await _client.GetAsync(path, Token);
        var page = await raw.JsonAsync(Token);
        var step = Assert.Single(page.GetProperty("items").EnumerateArray());
        Assert.Equal(359, step.GetProperty("distance").GetInt64());

        // 400 V and -10 A over 3,590 s.
        Assert.Equal(3.988889, step.GetProperty("energy").GetDouble(), 1e-6);
        Assert.Equal("2026-01-31T08:00:00Z", step.GetProperty("firstPosition").GetProperty("time").GetString());
        Assert.Equal(50.0359, step.GetProperty("lastPosition").GetProperty("latitude").GetDouble(), 1e-9);
        Assert.Equal("raw", page.GetProperty("source").GetString());

        await fixture.Server.Services.GetRequiredService<TelemetryRollups>().RefreshAsync(Token);
        using var rolledUp = await _client.GetAsync(path, Token);
        var second = await rolledUp.JsonAsync(Token);
        Assert.Equal("1h", second.GetProperty("source").GetString());
        Assert.Equal(page.GetProperty("items").GetRawText(), second.GetProperty("items").GetRawText());
        using var minutes = await _client.GetAsync(path.Replace("step=1h", "step=5m", StringComparison.Ordinal), Token);
        Assert.Equal("1m", (await minutes.JsonAsync(Token)).GetProperty("source").GetString());
        using var samples = await _client.GetAsync(path.Replace("step=1h&", "", StringComparison.Ordinal), Token);
        Assert.False((await samples.JsonAsync(Token)).GetProperty("items")[0].TryGetProperty("distance", out _));
    }

    [Fact]
    public async Task Pages_of_samples_and_of_long_ranges_of_steps_follow_each_other_without_loss_or_repeat()
    {
        var id = await StoreAsync(40, TimeSpan.FromHours(12)); // 20 days: three windows
        var samples = await AllAsync($"vehicles/{id}/telemetry?from=2026-01-31T08:00:00Z&to=2026-03-31T08:00:00Z&limit=7");
        Assert.Equal(40, samples.Select(item => item.GetProperty("time").GetString()).Distinct().Count());
        Assert.Equal(40, samples.Count);
        var days = await AllAsync($"vehicles/{id}/telemetry?from=2026-01-31T08:00:00Z&to=2026-03-31T08:00:00Z&step=1d&limit=3");
        Assert.Equal(40, days.Sum(item => item.GetProperty("samples").GetInt64()));
        Assert.Equal(days.Count, days.Select(item => item.GetProperty("time").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task Without_a_range_the_last_24_hours_are_answered()
    {
        var id = ApiServerFixture.NextId();
        await fixture.Server.RegisterAsync(id, Token);
        await WriteAsync(id, [UnixTime.ToMicroseconds(DateTime.UtcNow.AddHours(-1)), UnixTime.ToMicroseconds(DateTime.UtcNow.AddHours(-30)), UnixTime.ToMicroseconds(DateTime.UtcNow.AddMinutes(10))], null);
        Assert.Equal(2, (await AllAsync($"vehicles/{id}/telemetry?limit=1")).Count);
    }

    [Theory]
    [InlineData("from=yesterday", "from")]
    [InlineData("to=2026-01-31", "to")]
    [InlineData("from=2026-01-31T08:00:00Z&to=2026-01-31T08:00:00Z", "from")]
    [InlineData("signals=Vehicle.Unknown", "signals")]
    [InlineData("signals=Vehicle.Speed,Vehicle.Speed", "signals")]
    [InlineData("signals=speed%3B%20DROP%20TABLE%20telemetry", "signals")]
    [InlineData("step=0s", "step")]
    [InlineData("step=2d", "step")]
    [InlineData("step=five", "step")]
    [InlineData("limit=1001", "limit")]
    public async Task Bad_queries_are_refused_by_parameter(string query, string field)
    {
        using var response = await _client.GetAsync($"vehicles/car-1/telemetry?{query}", Token);
        (await response.ProblemAsync(400, "invalid-request", Token)).Error(field);
    }

    [Fact]
    public async Task An_unknown_vehicle_is_not_found_and_a_cursor_of_another_one_refused()
    {
        using var unknown = await _client.GetAsync($"vehicles/{ApiServerFixture.NextId()}/telemetry", Token);
        await unknown.ProblemAsync(404, "vehicle-not-found", Token);
        const string Range = "from=2026-01-31T08:00:00Z&to=2026-01-31T09:00:00Z&limit=1";
        var first = await StoreAsync(2, TimeSpan.FromSeconds(10));
        var second = await StoreAsync(2, TimeSpan.FromSeconds(10));
        using var response = await _client.GetAsync($"vehicles/{first}/telemetry?{Range}", Token);
        var cursor = (await response.JsonAsync(Token)).GetProperty("nextCursor").GetString();
        foreach (var path in new[] { $"vehicles/{second}/telemetry?{Range}&cursor={cursor}", $"vehicles/{first}/telemetry?{Range}&step=1m&cursor={cursor}", $"vehicles/{first}/telemetry?limit=1&cursor={cursor}" })
        {
            using var other = await _client.GetAsync(path, Token);
            await other.ProblemAsync(400, "invalid-cursor", Token);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("1|2|3")]
    [InlineData("1|2|1|x.y")]
    [InlineData("1|2|9|")]
    [InlineData("-1|2|1|")]
    [InlineData("1|99999999999999999999|1|")]
    public async Task A_forged_position_is_refused_like_any_wrong_cursor(string position)
    {
        var id = await StoreAsync(1, TimeSpan.FromSeconds(10));
        var cursor = Telematics.Api.Parameters.Cursor.Create($"telemetry\n{id}\n\n\n\n", position);
        using var response = await _client.GetAsync($"vehicles/{id}/telemetry?cursor={cursor}", Token);
        await response.ProblemAsync(400, "invalid-cursor", Token);
    }

    private async Task<string> StoreAsync(int count, TimeSpan interval, string? other = null)
    {
        var id = ApiServerFixture.NextId();
        await fixture.Server.RegisterAsync(id, Token);
        await WriteAsync(id, [.. Enumerable.Range(0, count).Select(i => UnixTime.ToMicroseconds(Start + (interval * i)))], other);
        return id;
    }

    private async Task WriteAsync(string vehicleId, long[] times, string? other)
    {
        var store = fixture.Server.Services.GetRequiredService<ITelemetryStore>();
        await using var session = await fixture.Server.Database.BeginWriteAsync(Token);
        var key = await session.Db.Vehicles.Where(vehicle => vehicle.VehicleId == vehicleId).Select(vehicle => vehicle.Id).SingleAsync(Token);
        var otherBytes = other is null ? [] : Encoding.UTF8.GetBytes(other);
        var rows = times.Order().Select((time, i) =>
        {
            var row = new TelemetryRow { VehicleKey = key, Time = time, StoredAt = time + 1_000_000, Values = SignalValues.None, OtherStart = 0, OtherLength = otherBytes.Length };
            row.Values[SignalCatalogue.Speed] = i;
            row.Values[SignalCatalogue.TraveledDistance] = 1_000 + i;
            (row.Values[SignalCatalogue.PackVoltage], row.Values[SignalCatalogue.PackCurrent]) = (400, -10);
            (row.Values[SignalCatalogue.Latitude], row.Values[SignalCatalogue.Longitude]) = (50 + (i / 10_000d), 8);
            row.Values[SignalCatalogue.ByPath["Vehicle.IsMoving"].Index] = 1;
            row.Values[SignalCatalogue.ByPath["Vehicle.LowVoltageSystemState"].Index] = 1;
            return row;
        }).ToArray();
        await fixture.Server.Services.GetRequiredService<LateTelemetry>().TakeAsync(rows, session, Token);
        await store.WriteAsync(rows, otherBytes, session, Token);
        await session.CommitAsync(Token);
    }

    private async Task<IReadOnlyList<JsonElement>> AllAsync(string path)
    {
        var all = new List<JsonElement>();
        string? cursor = null;
        do
        {
            using var response = await _client.GetAsync($"{path}{(cursor is null ? "" : $"&cursor={cursor}")}", Token);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            var page = await response.JsonAsync(Token);
            all.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);
        return all;
    }
}
