using System.Net;
using System.Text.Json;
using Telematics.Storage.Model;
using Xunit;

namespace Telematics.IntegrationTests.Api;

public sealed class VehicleEndpointTests(ApiServerFixture fixture)
{
    private readonly HttpClient _client = fixture.Server.Client;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_vehicle_is_registered_read_changed_and_deleted()
    {
        var id = ApiServerFixture.NextId();
        using var body = AnswerExtensions.Json("""{"name":"First","vin":"WVWZZZ1JZXW000001","brand":"ACME","model":"T","attributes":{"depot":"north"}}""");
        using var created = await _client.PutAsync($"vehicles/{id}", body, Token);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal($"/api/v1/vehicles/{id}", created.Headers.Location?.ToString());

        using var read = await _client.GetAsync($"vehicles/{id}", Token);
        var vehicle = await read.JsonAsync(Token);
        Assert.Equal((await created.JsonAsync(Token)).ToString(), vehicle.ToString());
        Assert.Equal(id, vehicle.GetProperty("vehicleId").GetString());
        Assert.Equal("First", vehicle.GetProperty("name").GetString());
        Assert.Equal("WVWZZZ1JZXW000001", vehicle.GetProperty("vin").GetString());
        Assert.Equal("north", vehicle.GetProperty("attributes").GetProperty("depot").GetString());
        Assert.Equal("offline", vehicle.GetProperty("connection").GetString());
        Assert.EndsWith("Z", vehicle.GetProperty("createdAt").GetString(), StringComparison.Ordinal);

        using var replacement = AnswerExtensions.Json("""{"name":"Second"}""");
        using var changed = await _client.PutAsync($"vehicles/{id}", replacement, Token);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.False((await changed.JsonAsync(Token)).TryGetProperty("brand", out _));

        using var deleted = await _client.DeleteAsync($"vehicles/{id}", Token);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        using var gone = await _client.GetAsync($"vehicles/{id}", Token);
        await gone.ProblemAsync(404, "vehicle-not-found", Token);
        using var again = await _client.DeleteAsync($"vehicles/{id}", Token);
        await again.ProblemAsync(404, "vehicle-not-found", Token);

        using var putBack = await _client.PutAsync($"vehicles/{id}", AnswerExtensions.Json("{}"), Token);
        Assert.Equal(HttpStatusCode.Created, putBack.StatusCode);
    }

    [Theory]
    [InlineData("""{"name":""}""", "$.name")]
    [InlineData("""{"name":5}""", "$.name")]
    [InlineData("""{"name":"a\u0007b"}""", "$.name")]
    [InlineData("""{"vin":"SHORT"}""", "$.vin")]
    [InlineData("""{"vin":"OVWZZZ1JZXW000001"}""", "$.vin")]
    [InlineData("""{"attributes":[]}""", "$.attributes")]
    [InlineData("""{"attributes":{"depot":5}}""", "$.attributes.depot")]
    [InlineData("""{"colour":"red"}""", "$.colour")]
    public async Task A_body_outside_its_limits_is_refused_by_field(string json, string field)
    {
        using var response = await _client.PutAsync($"vehicles/{ApiServerFixture.NextId()}", AnswerExtensions.Json(json), Token);
        var problem = await response.ProblemAsync(400, "invalid-request", Token);
        var error = problem.Error(field);
        Assert.NotEmpty(error.GetProperty("limit").GetString()!);
        Assert.Contains(field, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_faults_of_a_body_are_reported_at_once()
    {
        using var response = await _client.PutAsync($"vehicles/{ApiServerFixture.NextId()}", AnswerExtensions.Json("""{"name":"","vin":"x","nonsense":true}"""), Token);
        var problem = await response.ProblemAsync(400, "invalid-request", Token);
        Assert.Equal(3, problem.GetProperty("errors").GetArrayLength());
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("{\"name\":\"\\ud800\"}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{\"attributes\":{\"a\":[\"\\udc00\"]}}")]
    [InlineData("""{"name":"a","name":"b"}""")]
    public async Task What_is_no_JSON_object_is_refused(string json)
    {
        using var response = await _client.PutAsync($"vehicles/{ApiServerFixture.NextId()}", AnswerExtensions.Json(json), Token);
        (await response.ProblemAsync(400, "invalid-json", Token)).Error("$");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json; charset=utf-16")]
    public async Task Another_content_type_is_refused(string contentType)
    {
        using var content = new ByteArrayContent("{}"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        using var response = await _client.PutAsync($"vehicles/{ApiServerFixture.NextId()}", content, Token);
        (await response.ProblemAsync(415, "unsupported-media-type", Token)).Error("Content-Type");
    }

    [Fact]
    public async Task A_body_without_a_content_type_is_refused()
    {
        using var content = new ByteArrayContent("{}"u8.ToArray());
        using var response = await _client.PutAsync($"vehicles/{ApiServerFixture.NextId()}", content, Token);
        (await response.ProblemAsync(415, "unsupported-media-type", Token)).Error("Content-Type");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_over_its_limit_is_refused(bool chunked)
    {
        using var content = AnswerExtensions.Json($$"""{"name":"{{new string('x', 70_000)}}"}""");
        using var request = new HttpRequestMessage(HttpMethod.Put, $"vehicles/{ApiServerFixture.NextId()}") { Content = content };
        request.Headers.TransferEncodingChunked = chunked;
        using var response = await _client.SendAsync(request, Token);
        (await response.ProblemAsync(413, "body-too-large", Token)).Error("body");
    }

    [Theory]
    [InlineData("with%20space")]
    [InlineData("a%2Fb")]
    [InlineData("a%0Ab")]
    [InlineData("caf%C3%A9")]
    [InlineData("%F0%9F%9A%97")]
    public async Task An_invalid_vehicle_id_is_refused(string id)
    {
        using var response = await _client.GetAsync($"vehicles/{id}", Token);
        (await response.ProblemAsync(400, "invalid-request", Token)).Error("vehicleId");
    }

    [Fact]
    public async Task A_vehicle_id_may_have_64_characters_and_not_65()
    {
        using var longest = await _client.GetAsync($"vehicles/{new string('x', 64)}", Token);
        await longest.ProblemAsync(404, "vehicle-not-found", Token);
        using var tooLong = await _client.GetAsync($"vehicles/{new string('x', 65)}", Token);
        var error = (await tooLong.ProblemAsync(400, "invalid-request", Token)).Error("vehicleId");
        Assert.Equal(new string('x', 65), error.GetProperty("value").GetString());
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=1001", "limit")]
    [InlineData("limit=ten", "limit")]
    [InlineData("limit=%2B5", "limit")]
    [InlineData("limit=5&limit=6", "limit")]
    [InlineData("state=asleep", "state")]
    [InlineData("state=Online", "state")]
    [InlineData("query=", "query")]
    [InlineData("query=a%0Ab", "query")]
    [InlineData("Limit=5", "Limit")]
    [InlineData("offset=5", "offset")]
    public async Task A_query_outside_its_limits_is_refused_by_parameter(string query, string field)
    {
        using var response = await _client.GetAsync($"vehicles?{query}", Token);
        var error = (await response.ProblemAsync(400, "invalid-request", Token)).Error(field);
        Assert.NotEmpty(error.GetProperty("limit").GetString()!);
    }

    [Fact]
    public async Task A_list_is_paged_in_the_order_of_ids_and_each_vehicle_comes_once()
    {
        var prefix = ApiServerFixture.NextId()[..20];
        var ids = Enumerable.Range(0, 7).Select(i => $"{prefix}-{i}").ToArray();
        foreach (var id in ids)
        {
            await fixture.Server.RegisterAsync(id, Token);
        }

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            using var response = await _client.GetAsync($"vehicles?query={prefix}&limit=3{(cursor is null ? "" : $"&cursor={cursor}")}", Token);
            var page = await response.JsonAsync(Token);
            Assert.InRange(page.GetProperty("items").GetArrayLength(), 0, 3);
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("vehicleId").GetString()!));
            cursor = page.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);
        Assert.Equal(ids, seen);
    }

    [Fact]
    public async Task A_cursor_of_another_filter_or_a_changed_one_is_refused()
    {
        var prefix = ApiServerFixture.NextId()[..20];
        await fixture.Server.RegisterAsync($"{prefix}-1", Token);
        await fixture.Server.RegisterAsync($"{prefix}-2", Token);
        using var response = await _client.GetAsync($"vehicles?query={prefix}&limit=1", Token);
        var cursor = (await response.JsonAsync(Token)).GetProperty("nextCursor").GetString()!;
        using var whole = await _client.GetAsync($"vehicles?cursor={cursor}", Token);
        (await whole.ProblemAsync(400, "invalid-cursor", Token)).Error("cursor");
        using var other = await _client.GetAsync($"vehicles?query={prefix}&state=offline&cursor={cursor}", Token);
        await other.ProblemAsync(400, "invalid-cursor", Token);
        for (var i = 0; i < cursor.Length; i++)
        {
            var changed = $"{cursor[..i]}{(cursor[i] == 'A' ? 'B' : 'A')}{cursor[(i + 1)..]}";
            using var tampered = await _client.GetAsync($"vehicles?query={prefix}&cursor={changed}", Token);
            await tampered.ProblemAsync(400, "invalid-cursor", Token);
        }
    }

    [Fact]
    public async Task What_means_something_in_SQL_means_nothing_in_a_query()
    {
        var id = ApiServerFixture.NextId();
        await fixture.Server.RegisterAsync(id, Token);
        foreach (var query in new[] { "%", "_", "' OR 1=1 --", "\\", "\"; DROP TABLE vehicle; --" })
        {
            using var response = await _client.GetAsync($"vehicles?query={Uri.EscapeDataString(id[..12] + query)}", Token);
            Assert.Equal(0, (await response.JsonAsync(Token)).GetProperty("items").GetArrayLength());
        }

        using var still = await _client.GetAsync($"vehicles/{id}", Token);
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
    }

    [Fact]
    public async Task A_vehicle_shows_its_newest_connection()
    {
        var id = ApiServerFixture.NextId();
        await fixture.Server.RegisterAsync(id, Token);
        await using (var session = await fixture.Server.Database.BeginWriteAsync(Token))
        {
            var at = new DateTime(2026, 1, 31, 8, 0, 0, DateTimeKind.Utc);
            session.Db.VehicleConnections.Add(new VehicleConnection
            {
                ClientId = id,
                ChannelId = $"channel-{id}"[..40],
                Instance = "gw-000000000001",
                IsOpen = false,
                IsVehicle = true,
                Address = "127.0.0.1:5000",
                ProtocolVersion = 5,
                ConnectedAt = at,
                ClosedAt = at.AddMinutes(1),
                CloseReason = "keepAlive",
            });
            await session.Db.SaveChangesAsync(Token);
            await session.CommitAsync(Token);
        }

        using var response = await _client.GetAsync($"vehicles/{id}", Token);
        var vehicle = await response.JsonAsync(Token);
        Assert.Equal("offline", vehicle.GetProperty("connection").GetString());
        var details = vehicle.GetProperty("connectionDetails");
        Assert.Equal("gw-000000000001", details.GetProperty("gatewayInstance").GetString());
        Assert.Equal(5, details.GetProperty("protocolVersion").GetInt32());
        Assert.Equal("2026-01-31T08:00:00Z", details.GetProperty("connectedAt").GetString());
        Assert.Equal("keepAlive", details.GetProperty("closeReason").GetString());
    }

    [Fact]
    public async Task A_credential_is_issued_replaced_and_revoked()
    {
        var id = ApiServerFixture.NextId();
        using var unknown = await _client.PostAsync($"vehicles/{id}/credentials", null, Token);
        await unknown.ProblemAsync(404, "vehicle-not-found", Token);
        await fixture.Server.RegisterAsync(id, Token);
        using var none = await _client.DeleteAsync($"vehicles/{id}/credentials", Token);
        await none.ProblemAsync(404, "credential-not-found", Token);

        using var first = await _client.PostAsync($"vehicles/{id}/credentials", null, Token);
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.True(first.Headers.CacheControl?.NoStore);
        var issued = await first.JsonAsync(Token);
        Assert.Equal(43, issued.GetProperty("secret").GetString()!.Length);
        Assert.False(issued.GetProperty("hasReplaced").GetBoolean());
        using var second = await _client.PostAsync($"vehicles/{id}/credentials", null, Token);
        var replaced = await second.JsonAsync(Token);
        Assert.True(replaced.GetProperty("hasReplaced").GetBoolean());
        Assert.NotEqual(issued.GetProperty("secret").GetString(), replaced.GetProperty("secret").GetString());

        using var revoked = await _client.DeleteAsync($"vehicles/{id}/credentials", Token);
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
    }

    [Fact]
    public async Task Attributes_beyond_50_are_refused()
    {
        var attributes = string.Join(',', Enumerable.Range(0, 51).Select(i => $"\"a{i}\":\"x\""));
        using var response = await _client.PutAsync($"vehicles/{ApiServerFixture.NextId()}", AnswerExtensions.Json($"{{\"attributes\":{{{attributes}}}}}"), Token);
        Assert.Equal(JsonValueKind.Object, (await response.ProblemAsync(400, "invalid-request", Token)).Error("$.attributes.a50").ValueKind);
    }
}
