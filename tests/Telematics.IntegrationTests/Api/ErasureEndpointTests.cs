using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Telematics.Contracts.Telemetry;
using Telematics.Storage.Maintenance;
using Telematics.Storage.Model;
using Xunit;

namespace Telematics.IntegrationTests.Api;

public sealed class ErasureEndpointTests(ApiServerFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_erasure_is_an_operation_with_progress_and_the_vehicle_can_be_put_when_it_is_completed()
    {
        await using var server = await ApiServer.StartAsync(Token);
        await server.RegisterAsync("car-1", Token);
        using var asked = await server.Client.PostAsync("vehicles/car-1/erase", null, Token);
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        var erasure = await asked.JsonAsync(Token);
        var id = erasure.GetProperty("id").GetString()!;
        Assert.Equal($"/api/v1/erasures/{id}", asked.Headers.Location?.ToString());
        Assert.Equal(("car-1", "running", "history", "anonymous"), (Text(erasure, "vehicleId"), Text(erasure, "state"), Text(erasure, "step"), Text(erasure, "requestedBy")));
        Assert.All(["telemetry", "rollups", "commands", "rejected"], kind => Assert.Equal(0, erasure.GetProperty("rows").GetProperty(kind).GetInt64()));
        Assert.Equal(0, erasure.GetProperty("failures").GetInt32());
        Assert.All(["completedAt", "lastFailure", "retryAt"], name => Assert.False(erasure.TryGetProperty(name, out _)));
        Assert.Contains("car-1", Text(erasure, "remains"), StringComparison.Ordinal);

        // There is no message log in this process, so nobody can say until when it has copies.
        Assert.False(erasure.TryGetProperty("logCopiesUntil", out _));
        Assert.Contains("does not tell", Text(erasure, "logCopies"), StringComparison.Ordinal);

        using var gone = await server.Client.GetAsync("vehicles/car-1", Token);
        await gone.ProblemAsync(404, "vehicle-not-found", Token);
        using var again = await server.Client.PostAsync("vehicles/car-1/erase", null, Token);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(erasure.ToString(), (await again.JsonAsync(Token)).ToString());
        using var refused = await server.Client.PutAsync("vehicles/car-1", AnswerExtensions.Json("{}"), Token);
        Assert.Contains(asked.Headers.Location!.ToString(), Text(await refused.ProblemAsync(409, "erasure-running", Token), "detail"), StringComparison.Ordinal);

        await RunAsync(server);
        using var read = await server.Client.GetAsync($"erasures/{id}", Token);
        var completed = await read.JsonAsync(Token);
        Assert.Equal("completed", Text(completed, "state"));
        Assert.False(completed.TryGetProperty("step", out _));
        Assert.True(completed.TryGetProperty("completedAt", out _));
        using var known = await server.Client.PostAsync("vehicles/car-1/erase", null, Token);
        Assert.Equal((HttpStatusCode.OK, id), (known.StatusCode, Text(await known.JsonAsync(Token), "id")));

        using var put = await server.Client.PutAsync("vehicles/car-1", AnswerExtensions.Json("{}"), Token);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.False((await put.JsonAsync(Token)).TryGetProperty("name", out _));
        using var second = await server.Client.PostAsync("vehicles/car-1/erase", null, Token);
        Assert.Equal(HttpStatusCode.Accepted, second.StatusCode);
        Assert.NotEqual(id, Text(await second.JsonAsync(Token), "id"));
    }

    [Fact]
    public async Task An_erasure_that_fails_says_how_often_why_and_when_it_is_tried_again()
    {
        await using var server = await ApiServer.StartAsync(Token);
        await server.RegisterAsync("car-1", Token);
        await using (var session = await server.Database.BeginWriteAsync(Token))
        {
            await session.Db.Database.ExecuteSqlAsync($"CREATE TRIGGER hold BEFORE UPDATE ON vehicle WHEN new.name IS NULL AND new.erased_at IS NOT NULL AND old.erased_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'held back'); END", Token);
            await session.CommitAsync(Token);
        }

        using var asked = await server.Client.PostAsync("vehicles/car-1/erase", null, Token);
        await RunAsync(server);

        using var read = await server.Client.GetAsync(new Uri(asked.Headers.Location!.ToString(), UriKind.Relative), Token);
        var failed = await read.JsonAsync(Token);
        Assert.Equal(("running", 1), (Text(failed, "state"), failed.GetProperty("failures").GetInt32()));
        Assert.Contains("held back", Text(failed, "lastFailure"), StringComparison.Ordinal);
        Assert.InRange(failed.GetProperty("retryAt").GetDateTime(), DateTime.UtcNow, DateTime.UtcNow.AddMinutes(1));
    }

    [Fact]
    public async Task A_deleted_vehicle_can_be_erased_and_an_unknown_one_cannot()
    {
        var id = ApiServerFixture.NextId();
        using var unknown = await fixture.Server.Client.PostAsync($"vehicles/{id}/erase", null, Token);
        (await unknown.ProblemAsync(404, "vehicle-not-found", Token)).Error("vehicleId");
        await fixture.Server.RegisterAsync(id, Token);
        using var deleted = await fixture.Server.Client.DeleteAsync($"vehicles/{id}", Token);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        using var asked = await fixture.Server.Client.PostAsync($"vehicles/{id}/erase", null, Token);
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
    }

    [Fact]
    public async Task An_erasure_that_does_not_exist_is_not_found_and_a_bad_parameter_is_named()
    {
        using var unknown = await fixture.Server.Client.GetAsync($"erasures/{Guid.NewGuid()}", Token);
        (await unknown.ProblemAsync(404, "erasure-not-found", Token)).Error("erasureId");
        using var bad = await fixture.Server.Client.GetAsync("erasures/1", Token);
        (await bad.ProblemAsync(400, "invalid-request", Token)).Error("erasureId");
        using var state = await fixture.Server.Client.GetAsync("erasures?state=asleep", Token);
        (await state.ProblemAsync(400, "invalid-request", Token)).Error("state");
        using var cursor = await fixture.Server.Client.GetAsync("erasures?cursor=abc", Token);
        (await cursor.ProblemAsync(400, "invalid-cursor", Token)).Error("cursor");
    }

    [Fact]
    public async Task Erasures_are_listed_page_by_page_and_by_state()
    {
        await using var server = await ApiServer.StartAsync(Token);
        foreach (var vehicle in new[] { "car-1", "car-2", "car-3" })
        {
            await server.RegisterAsync(vehicle, Token);
            using var asked = await server.Client.PostAsync($"vehicles/{vehicle}/erase", null, Token);
            await Task.Delay(2, Token); // the order of the ids is one of milliseconds
        }

        using var first = await server.Client.GetAsync("erasures?state=running&limit=2", Token);
        var page = await first.JsonAsync(Token);
        using var second = await server.Client.GetAsync($"erasures?state=running&limit=2&cursor={Text(page, "nextCursor")}", Token);
        var rest = await second.JsonAsync(Token);
        Assert.Equal(["car-3", "car-2", "car-1"], page.GetProperty("items").EnumerateArray().Concat(rest.GetProperty("items").EnumerateArray()).Select(item => Text(item, "vehicleId")));
        Assert.Equal(JsonValueKind.Null, rest.GetProperty("nextCursor").ValueKind);
        await RunAsync(server);
        using var running = await server.Client.GetAsync("erasures?state=running", Token);
        Assert.Equal(0, (await running.JsonAsync(Token)).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Erasing_and_looking_at_erasures_is_for_administrators()
    {
        await using var server = await ApiServer.StartAsync(Token, ("Telematics:Api:Authentication", "ApiKey"));
        using var supervisor = await server.CreateClientAsync(ApiRole.Supervisor, Token);
        using var administrator = await server.CreateClientAsync(ApiRole.Administrator, Token);
        using var erase = await supervisor.PostAsync("vehicles/car-1/erase", null, Token);
        await erase.ProblemAsync(403, "forbidden", Token);
        using var list = await supervisor.GetAsync("erasures", Token);
        await list.ProblemAsync(403, "forbidden", Token);
        using var allowed = await administrator.PostAsync("vehicles/car-1/erase", null, Token);
        await allowed.ProblemAsync(404, "vehicle-not-found", Token);
    }

    [Fact]
    public async Task From_the_request_on_nothing_of_the_vehicle_is_shown()
    {
        await using var server = await ApiServer.StartAsync(Token);
        await server.RegisterAsync("car-1", Token);
        await server.RegisterAsync("car-2", Token);
        using var ordered = await server.Client.PostAsync("commands", AnswerExtensions.Json("""{"type":"locate","target":{"vehicleIds":["car-1","car-2"]}}"""), Token);
        var command = Text(await ordered.JsonAsync(Token), "id");
        await using (var session = await server.Database.BeginWriteAsync(Token))
        {
            session.Db.RejectedMessages.AddRange(Rejected("car-1", null), Rejected("other", "car-1"), Rejected("car-2", null));
            await session.Db.SaveChangesAsync(Token);
            await session.CommitAsync(Token);
        }

        using var asked = await server.Client.PostAsync("vehicles/car-1/erase", null, Token);
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);

        using var rejected = await server.Client.GetAsync("telemetry/rejected", Token);
        Assert.Equal(["car-2"], (await rejected.JsonAsync(Token)).GetProperty("items").EnumerateArray().Select(item => Text(item, "vehicleId")));
        using var executions = await server.Client.GetAsync($"commands/{command}/executions", Token);
        Assert.Equal(["car-2"], (await executions.JsonAsync(Token)).GetProperty("items").EnumerateArray().Select(item => Text(item, "vehicleId")));
        using var commands = await server.Client.GetAsync("vehicles/car-1/commands", Token);
        await commands.ProblemAsync(404, "vehicle-not-found", Token);
    }

    private static RejectedMessage Rejected(string vehicleId, string? clientId) => new()
    {
        Topic = "telemetry",
        Broker = "b",
        StoredAt = DateTime.UtcNow,
        VehicleId = vehicleId,
        ClientId = clientId,
        Reason = RejectReason.Undecodable,
        Detail = "x",
        Payload = [1],
    };

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    private static Task RunAsync(ApiServer server) =>
        server.Services.GetServices<IMaintenanceTask>().Single(task => task.Name == "erasures").RunAsync(Token);
}
