using System.Net;
using System.Text.Json;
using Telematics.Storage.Model;
using Xunit;

namespace Telematics.IntegrationTests.Api;

public sealed class LatestEndpointTests : IAsyncLifetime
{
    private ApiServer _server = null!;
    private LiveSeed _seed = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await ApiServer.StartAsync(Token);
        _seed = new LiveSeed(_server);
        foreach (var (id, latitude, longitude) in new[] { ("car-a", 48.1, 11.5), ("car-b", 48.2, 11.6), ("car-c", 52.5, 13.4), ("car-d", 0, 179.9) })
        {
            _seed.Register(id);
            _seed.Report(id, latitude, longitude);
        }

        _seed.Register("car-silent");
        _seed.Connect("car-b");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Vehicles_are_answered_by_id_with_their_newest_state()
    {
        var items = await ItemsAsync("telemetry/latest?vehicleIds=car-b,car-silent,unknown,car-a");
        Assert.Equal(["car-a", "car-b", "car-silent"], items.Select(IdOf));
        var car = items[1];
        Assert.Equal("online", car.GetProperty("connection").GetString());
        Assert.Equal("2026-01-31T08:00:01Z", car.GetProperty("time").GetString());
        Assert.Equal("2026-01-31T08:00:02Z", car.GetProperty("storedAt").GetString());
        var signals = car.GetProperty("signals");
        Assert.Equal(48.2, signals.GetProperty("Vehicle.CurrentLocation.Latitude").GetDouble());
        Assert.Equal("50", signals.GetProperty("Vehicle.Speed").GetRawText());
        Assert.True(signals.GetProperty("Vehicle.IsMoving").GetBoolean());
        Assert.Equal("ON", signals.GetProperty("Vehicle.LowVoltageSystemState").GetString());
        Assert.False(signals.TryGetProperty("Vehicle.CurrentLocation.Heading", out _));
        Assert.Equal("offline", items[2].GetProperty("connection").GetString());
        Assert.False(items[2].TryGetProperty("signals", out _));
    }

    [Theory]
    [InlineData("11,48,12,49", "car-a,car-b")]
    [InlineData("-180,-90,180,90", "car-a,car-b,car-c,car-d")]
    [InlineData("179,-1,-179,1", "car-d")]
    [InlineData("0,0,1,1", "")]
    public async Task Vehicles_are_answered_by_rectangle(string box, string expected) =>
        Assert.Equal(expected, string.Join(',', (await ItemsAsync($"telemetry/latest?bbox={box}")).Select(IdOf)));

    [Theory]
    [InlineData("bbox=-180,-90,180,90")]
    [InlineData("vehicleIds=car-d,car-c,car-b,car-a")]
    public async Task Pages_follow_each_other(string filter)
    {
        using var first = await _server.Client.GetAsync($"telemetry/latest?{filter}&limit=3", Token);
        var page = await first.JsonAsync(Token);
        Assert.Equal(["car-a", "car-b", "car-c"], page.GetProperty("items").EnumerateArray().Select(IdOf));
        using var second = await _server.Client.GetAsync($"telemetry/latest?{filter}&limit=3&cursor={page.GetProperty("nextCursor").GetString()}", Token);
        page = await second.JsonAsync(Token);
        Assert.Equal(["car-d"], page.GetProperty("items").EnumerateArray().Select(IdOf));
        Assert.Equal(JsonValueKind.Null, page.GetProperty("nextCursor").ValueKind);
    }

    [Fact]
    public async Task A_cursor_of_another_rectangle_is_refused()
    {
        using var first = await _server.Client.GetAsync("telemetry/latest?bbox=-180,-90,180,90&limit=1", Token);
        var cursor = (await first.JsonAsync(Token)).GetProperty("nextCursor").GetString();
        using var other = await _server.Client.GetAsync($"telemetry/latest?bbox=-180,-90,180,89&limit=1&cursor={cursor}", Token);
        await other.ProblemAsync(400, "invalid-cursor", Token);
    }

    [Theory]
    [InlineData("", "bbox")]
    [InlineData("bbox=1,2,3", "bbox")]
    [InlineData("bbox=0,50,0,40", "bbox")]
    [InlineData("bbox=0,0,1,1&vehicleIds=car-a", "vehicleIds")]
    [InlineData("vehicleIds=car-a,car-a", "vehicleIds")]
    [InlineData("vehicleIds=bad%20id", "vehicleIds")]
    [InlineData("vehicleIds=car-a&limit=5000", "limit")]
    public async Task Bad_queries_are_refused_by_parameter(string query, string field)
    {
        using var latest = await _server.Client.GetAsync($"telemetry/latest?{query}", Token);
        (await latest.ProblemAsync(400, "invalid-request", Token)).Error(field);
        if (field != "limit")
        {
            using var live = await _server.Client.GetAsync($"live?{query}", Token);
            (await live.ProblemAsync(400, "invalid-request", Token)).Error(field);
        }
    }

    [Fact]
    public async Task Vehicles_are_listed_by_connection()
    {
        foreach (var id in new[] { "car-a", "car-b", "car-c" })
        {
            await _server.RegisterAsync(id, Token);
        }

        Assert.Equal(["car-b"], (await ItemsAsync("vehicles?state=online")).Select(IdOf));
        Assert.Equal(["car-b"], (await ItemsAsync("vehicles?state=online&query=name%20of%20CAR")).Select(IdOf));
        Assert.Equal(["car-a", "car-c"], (await ItemsAsync("vehicles?state=offline&query=Car-")).Select(IdOf));
        var offline = await ItemsAsync("vehicles?state=offline");
        Assert.Equal(["car-a", "car-c"], offline.Select(IdOf));
        Assert.Equal("2026-01-31T08:00:00Z", offline[0].GetProperty("latestTime").GetString());
        Assert.Equal("offline", offline[0].GetProperty("connection").GetString());
        using var page = await _server.Client.GetAsync("vehicles?state=offline&limit=1", Token);
        Assert.Equal(JsonValueKind.String, (await page.JsonAsync(Token)).GetProperty("nextCursor").ValueKind);
    }

    [Fact]
    public async Task Until_the_live_view_is_loaded_the_server_says_so()
    {
        await using var server = await ApiServer.StartAsync(Token);
        foreach (var path in new[] { "telemetry/latest?vehicleIds=car-a", "vehicles?state=online" })
        {
            using var response = await server.Client.GetAsync(path, Token);
            await response.ProblemAsync(503, "unavailable", Token);
        }

        using var all = await server.Client.GetAsync("vehicles", Token);
        Assert.Equal(HttpStatusCode.OK, all.StatusCode);
    }

    [Fact]
    public async Task Rejected_messages_are_listed_newest_first_with_their_body()
    {
        await using (var session = await _server.Database.BeginWriteAsync(Token))
        {
            for (var i = 0; i < 40; i++)
            {
                session.Db.RejectedMessages.Add(new RejectedMessage
                {
                    Topic = "telemetry",
                    Broker = "embedded",
                    QueueId = 0,
                    QueueOffset = i,
                    StoredAt = LiveSeed.Start,
                    ClientId = "client",
                    VehicleId = "car-a",
                    Reason = Contracts.Telemetry.RejectReason.TimeInFuture,
                    Detail = $"time {i}",
                    Payload = i == 39 ? [1, 2, 3] : new byte[60_000],
                });
            }

            await session.Db.SaveChangesAsync(Token);
            await session.CommitAsync(Token);
        }

        var seen = new List<long>();
        string? cursor = null;
        var pages = 0;
        do
        {
            using var response = await _server.Client.GetAsync($"telemetry/rejected?limit=1000{(cursor is null ? "" : $"&cursor={cursor}")}", Token);
            var page = await response.JsonAsync(Token);
            var items = page.GetProperty("items").EnumerateArray().ToArray();
            if (pages++ == 0)
            {
                Assert.Equal("timeInFuture", items[0].GetProperty("reason").GetString());
                Assert.Equal("AQID", items[0].GetProperty("payload").GetString());
                Assert.Equal("time 39", items[0].GetProperty("detail").GetString());
            }

            seen.AddRange(items.Select(item => item.GetProperty("queueOffset").GetInt64()));
            cursor = page.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);
        Assert.Equal(Enumerable.Range(0, 40).Reverse().Select(i => (long)i), seen);
        Assert.True(pages > 1, "40 bodies of 60,000 bytes must not come in one page");
    }

    private static string IdOf(JsonElement item) => item.GetProperty("vehicleId").GetString()!;

    private async Task<IReadOnlyList<JsonElement>> ItemsAsync(string path)
    {
        using var response = await _server.Client.GetAsync(path, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return [.. (await response.JsonAsync(Token)).GetProperty("items").EnumerateArray()];
    }
}
