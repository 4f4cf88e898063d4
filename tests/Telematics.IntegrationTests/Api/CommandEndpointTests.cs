using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Telematics.Storage.Model;
using Telematics.Storage.Registry;
using Xunit;

namespace Telematics.IntegrationTests.Api;

public sealed class CommandEndpointTests(ApiServerFixture fixture)
{
    private readonly HttpClient _client = fixture.Server.Client;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_command_is_ordered_and_followed()
    {
        var id = ApiServerFixture.NextId();
        await fixture.Server.RegisterAsync(id, Token);
        using var ordered = await PostAsync($$"""{"type":"setReportingInterval","parameters":{"seconds":10},"target":{"vehicleIds":["{{id}}"]},"ttlSeconds":60}""");
        Assert.Equal(HttpStatusCode.Accepted, ordered.StatusCode);
        var command = await ordered.JsonAsync(Token);
        var commandId = command.GetProperty("id").GetGuid();
        Assert.Equal($"/api/v1/commands/{commandId}", ordered.Headers.Location?.ToString());

        using var read = await _client.GetAsync(ordered.Headers.Location, Token);
        command = await read.JsonAsync(Token);
        Assert.Equal("setReportingInterval", command.GetProperty("type").GetString());
        Assert.Equal(10, command.GetProperty("parameters").GetProperty("seconds").GetInt32());
        Assert.Equal(id, command.GetProperty("target").GetProperty("vehicleIds")[0].GetString());
        Assert.Equal("running", command.GetProperty("state").GetString());
        Assert.Equal("anonymous", command.GetProperty("createdBy").GetString());
        Assert.Equal(TimeSpan.FromSeconds(60), command.GetProperty("notAfter").GetDateTime() - command.GetProperty("createdAt").GetDateTime());
        string[] states = ["created", "queued", "sent", "delivered", "accepted", "inProgress", "succeeded", "failed", "rejected", "expired", "timedOut", "canceled"];
        Assert.Equal(states, command.GetProperty("counts").EnumerateObject().Select(count => count.Name));
        Assert.Equal(1, command.GetProperty("counts").EnumerateObject().Sum(count => count.Value.GetInt64()));

        using var executions = await _client.GetAsync($"commands/{commandId}/executions", Token);
        var execution = Assert.Single((await executions.JsonAsync(Token)).GetProperty("items").EnumerateArray());
        Assert.Equal(id, execution.GetProperty("vehicleId").GetString());
        using var none = await _client.GetAsync($"commands/{commandId}/executions?state=succeeded", Token);
        Assert.Equal(0, (await none.JsonAsync(Token)).GetProperty("items").GetArrayLength());

        using var ofVehicle = await _client.GetAsync($"vehicles/{id}/commands", Token);
        var item = Assert.Single((await ofVehicle.JsonAsync(Token)).GetProperty("items").EnumerateArray());
        Assert.Equal(commandId, item.GetProperty("command").GetProperty("id").GetGuid());
        Assert.Equal(id, item.GetProperty("execution").GetProperty("vehicleId").GetString());
    }

    [Theory]
    [InlineData("""{}""", "$.type")]
    [InlineData("""{"type":"locate"}""", "$.target")]
    [InlineData("""{"type":"selfDestruct","target":{"all":true}}""", "$.type")]
    [InlineData("""{"type":5,"target":{"all":true}}""", "$.type")]
    [InlineData("""{"type":"locate","target":{}}""", "$.target")]
    [InlineData("""{"type":"locate","target":{"all":false}}""", "$.target.all")]
    [InlineData("""{"type":"locate","target":{"all":true,"vehicleIds":["car-1"]}}""", "$.target")]
    [InlineData("""{"type":"locate","target":{"vehicleIds":[]}}""", "$.target.vehicleIds")]
    [InlineData("""{"type":"locate","target":{"vehicleIds":["a b"]}}""", "$.target.vehicleIds[0]")]
    [InlineData("""{"type":"locate","target":{"vehicleIds":["car-1","car-1"]}}""", "$.target.vehicleIds[1]")]
    [InlineData("""{"type":"locate","target":{"group":"north"}}""", "$.target.group")]
    [InlineData("""{"type":"locate","target":{"all":true},"ttlSeconds":0}""", "$.ttlSeconds")]
    [InlineData("""{"type":"locate","target":{"all":true},"ttlSeconds":1.5}""", "$.ttlSeconds")]
    [InlineData("""{"type":"unlock","target":{"all":true},"ttlSeconds":3600}""", "$.ttlSeconds")]
    [InlineData("""{"type":"locate","target":{"all":true},"parameters":[]}""", "$.parameters")]
    [InlineData("""{"type":"setSpeedLimit","target":{"all":true},"parameters":{"kilometersPerHour":9999}}""", "$.parameters.kilometersPerHour")]
    [InlineData("""{"type":"locate","target":{"all":true},"parameters":{"extra":1}}""", "$.parameters.extra")]
    [InlineData("""{"type":"locate","target":{"all":true},"when":"now"}""", "$.when")]
    public async Task A_wrong_order_is_refused_by_field(string json, string field)
    {
        using var response = await PostAsync(json);
        Assert.NotEmpty((await response.ProblemAsync(400, "invalid-request", Token)).Error(field).GetProperty("message").GetString()!);
    }

    [Fact]
    public async Task An_order_for_unknown_vehicles_orders_nothing_and_names_them()
    {
        var id = ApiServerFixture.NextId();
        await fixture.Server.RegisterAsync(id, Token);
        using var response = await PostAsync(Locate(id, "nobody-1", "nobody-2"));
        var problem = await response.ProblemAsync(422, "unknown-vehicles", Token);
        Assert.Equal(["nobody-1", "nobody-2"], problem.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("value").GetString()));
        using var ofVehicle = await _client.GetAsync($"vehicles/{id}/commands", Token);
        Assert.Equal(0, (await ofVehicle.JsonAsync(Token)).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task An_idempotency_key_orders_once_and_with_another_body_nothing()
    {
        var id = ApiServerFixture.NextId();
        await fixture.Server.RegisterAsync(id, Token);
        var body = Locate(id);
        var key = Guid.NewGuid().ToString();
        using var first = await PostAsync(body, $"\"{key}\"");
        var firstId = (await first.JsonAsync(Token)).GetProperty("id").GetGuid();
        using var again = await PostAsync(body, key); // the quotes are the header's, not the key's
        Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);
        Assert.Equal(firstId, (await again.JsonAsync(Token)).GetProperty("id").GetGuid());
        using var other = await PostAsync(body.Replace("locate", "lock", StringComparison.Ordinal), key);
        Assert.Contains(firstId.ToString(), (await other.ProblemAsync(422, "idempotency-key-reused", Token)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        using var ofVehicle = await _client.GetAsync($"vehicles/{id}/commands", Token);
        Assert.Equal(1, (await ofVehicle.JsonAsync(Token)).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task One_key_sent_many_times_at_once_orders_once()
    {
        var id = ApiServerFixture.NextId();
        await fixture.Server.RegisterAsync(id, Token);
        var key = Guid.NewGuid().ToString();
        var ids = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            using var response = await PostAsync(Locate(id), key);
            Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
            return (await response.JsonAsync(Token)).GetProperty("id").GetGuid();
        }));
        Assert.Single(ids.Distinct());
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("\"\"")]
    [InlineData("half\"")]
    public async Task A_malformed_idempotency_key_is_refused(string key)
    {
        using var response = await PostAsync("""{"type":"locate","target":{"all":true}}""", key);
        (await response.ProblemAsync(400, "invalid-request", Token)).Error("Idempotency-Key");
    }

    [Fact]
    public async Task A_command_is_canceled()
    {
        var id = ApiServerFixture.NextId();
        await fixture.Server.RegisterAsync(id, Token);
        using var ordered = await PostAsync(Locate(id));
        var commandId = (await ordered.JsonAsync(Token)).GetProperty("id").GetGuid();
        using var canceled = await _client.PostAsync($"commands/{commandId}/cancel", null, Token);
        Assert.Equal(HttpStatusCode.Accepted, canceled.StatusCode);
        Assert.Equal("canceling", (await canceled.JsonAsync(Token)).GetProperty("state").GetString());
        using var again = await _client.PostAsync($"commands/{commandId}/cancel", null, Token);
        Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);
    }

    [Theory]
    [InlineData("GET", "commands/{0}")]
    [InlineData("GET", "commands/{0}/executions")]
    [InlineData("POST", "commands/{0}/cancel")]
    public async Task An_unknown_command_is_not_found_and_a_bad_id_is_refused(string method, string path)
    {
        foreach (var (id, status, type) in new[] { (Guid.NewGuid().ToString(), 404, "command-not-found"), ("nonsense", 400, "invalid-request") })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), string.Format(System.Globalization.CultureInfo.InvariantCulture, path, id));
            using var response = await _client.SendAsync(request, Token);
            (await response.ProblemAsync(status, type, Token)).Error("commandId");
        }
    }

    [Fact]
    public async Task Executions_and_commands_are_paged()
    {
        var ids = Enumerable.Range(0, 5).Select(_ => ApiServerFixture.NextId()).ToArray();
        foreach (var id in ids)
        {
            await fixture.Server.RegisterAsync(id, Token);
        }

        using var ordered = await PostAsync(Locate(ids));
        var commandId = (await ordered.JsonAsync(Token)).GetProperty("id").GetGuid();
        Assert.Equal(ids.Order(StringComparer.Ordinal), (await AllAsync($"commands/{commandId}/executions?limit=2", item => item.GetProperty("vehicleId").GetString()!)).Order(StringComparer.Ordinal));
        Assert.Contains(commandId.ToString(), await AllAsync("commands?state=running&limit=3", item => item.GetProperty("id").GetString()!));

        for (var i = 0; i < 4; i++)
        {
            using var more = await PostAsync(Locate(ids[0]));
        }

        var commands = await AllAsync($"vehicles/{ids[0]}/commands?limit=2", item => item.GetProperty("command").GetProperty("id").GetString()!);
        Assert.Equal(5, commands.Distinct().Count());
        Assert.Equal(commandId.ToString(), commands[^1]);
        using var first = await _client.GetAsync($"commands/{commandId}/executions?limit=2", Token);
        var cursor = (await first.JsonAsync(Token)).GetProperty("nextCursor").GetString();
        using var other = await _client.GetAsync($"vehicles/{ids[0]}/commands?cursor={cursor}", Token);
        await other.ProblemAsync(400, "invalid-cursor", Token);
    }

    [Fact]
    public async Task The_catalogue_lists_types_with_their_schema_and_times()
    {
        using var response = await _client.GetAsync("command-types", Token);
        var types = (await response.JsonAsync(Token)).GetProperty("items").EnumerateArray().ToDictionary(type => type.GetProperty("type").GetString()!);
        Assert.Equal(["locate", "lock", "setReportingInterval", "setSpeedLimit", "unlock"], types.Keys.Order(StringComparer.Ordinal));
        var schema = types["setSpeedLimit"].GetProperty("parametersSchema");
        Assert.Equal("object", schema.GetProperty("type").GetString());
        Assert.True(schema.TryGetProperty("properties", out _));
        Assert.True(types["unlock"].GetProperty("safetyClass").GetBoolean());
        Assert.True(types["unlock"].GetProperty("maxTtlSeconds").GetInt64() >= types["unlock"].GetProperty("defaultTtlSeconds").GetInt64());
    }

    [Fact]
    public async Task The_actor_is_the_name_of_the_key_whatever_the_caller_says()
    {
        await using var server = await ApiServer.StartAsync(Token, ("Telematics:Api:Authentication", "ApiKey"));
        var keys = server.Services.GetRequiredService<ApiKeys>();
        using var client = server.ClientWith((await keys.CreateAsync("night-shift", ApiRole.Supervisor, Token))!);
        client.DefaultRequestHeaders.Add("X-Forwarded-User", "root");
        client.DefaultRequestHeaders.Add("From", "root@fleet.example");
        using var ordered = await client.PostAsync("commands", AnswerExtensions.Json("""{"type":"locate","target":{"all":true}}"""), Token);
        var command = await ordered.JsonAsync(Token);
        Assert.Equal("night-shift", command.GetProperty("createdBy").GetString());
        using var canceled = await client.PostAsync($"commands/{command.GetProperty("id")}/cancel", null, Token);
        Assert.Equal(HttpStatusCode.Accepted, canceled.StatusCode);
        await using var db = server.Database.CreateReader();
        Assert.Equal("night-shift", (await db.Commands.SingleAsync(Token)).CanceledBy);
    }

    private static string Locate(params string[] vehicleIds) => JsonSerializer.Serialize(new { type = "locate", target = new { vehicleIds } });

    private async Task<IReadOnlyList<string>> AllAsync(string path, Func<JsonElement, string> select)
    {
        var all = new List<string>();
        string? cursor = null;
        do
        {
            using var response = await _client.GetAsync($"{path}{(cursor is null ? "" : $"&cursor={cursor}")}", Token);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            var page = await response.JsonAsync(Token);
            all.AddRange(page.GetProperty("items").EnumerateArray().Select(select));
            cursor = page.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);
        return all;
    }

    private async Task<HttpResponseMessage> PostAsync(string json, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "commands") { Content = AnswerExtensions.Json(json) };
        if (idempotencyKey is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        }

        return await _client.SendAsync(request, Token);
    }
}
