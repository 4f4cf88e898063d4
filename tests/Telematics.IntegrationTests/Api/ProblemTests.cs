using Xunit;

namespace Telematics.IntegrationTests.Api;

public sealed class ProblemTests(ApiServerFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_unknown_route_is_a_problem()
    {
        using var response = await fixture.Server.Client.GetAsync("nothing", Token);
        var problem = await response.ProblemAsync(404, "route-not-found", Token);
        Assert.Equal("/api/v1/nothing", problem.GetProperty("instance").GetString());
    }

    [Fact]
    public async Task A_wrong_method_is_a_problem_that_names_the_right_ones()
    {
        using var response = await fixture.Server.Client.PostAsync("signals", null, Token);
        Assert.Contains("GET", (await response.ProblemAsync(405, "method-not-allowed", Token)).Error("method").GetProperty("limit").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Values_are_echoed_shortened_and_harmless()
    {
        var value = string.Concat(Enumerable.Repeat("🚗", 200)) + "<script>";
        using var response = await fixture.Server.Client.GetAsync($"vehicles?state={Uri.EscapeDataString(value)}", Token);
        var error = (await response.ProblemAsync(400, "invalid-request", Token)).Error("state");
        Assert.InRange(error.GetProperty("value").GetString()!.Length, 1, 101);
    }

    [Fact]
    public async Task Every_endpoint_refuses_a_parameter_that_it_does_not_have()
    {
        foreach (var endpoint in fixture.Server.Endpoints().Where(e => e.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal)))
        {
            var method = endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.Routing.HttpMethodMetadata>()!.HttpMethods.Single();
            var path = endpoint.RoutePattern.RawText!.Replace("{vehicleId}", "car-1", StringComparison.Ordinal).Replace("{commandId}", Guid.Empty.ToString(), StringComparison.Ordinal);
            using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(fixture.Server.Client.BaseAddress!, $"{path}?no-such-parameter=1"));
            using var response = await fixture.Server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
            Assert.True(response.Content.Headers.ContentType?.MediaType == "application/problem+json", $"{method} {path} answered {response.StatusCode}");
            (await response.ProblemAsync(400, "invalid-request", Token)).Error("no-such-parameter");
        }
    }

    [Fact]
    public async Task Thousands_of_faults_make_a_short_answer()
    {
        var members = string.Join(',', Enumerable.Range(0, 5_000).Select(i => $"\"m{i}\":1"));
        using var response = await fixture.Server.Client.PutAsync($"vehicles/{ApiServerFixture.NextId()}", AnswerExtensions.Json($"{{{members}}}"), Token);
        Assert.Equal(20, (await response.ProblemAsync(400, "invalid-request", Token)).GetProperty("errors").GetArrayLength());
        Assert.InRange(response.Content.Headers.ContentLength ?? 0, 0, 16_000);
    }

    [Fact]
    public async Task A_hundred_of_the_longest_ids_fit_into_one_query()
    {
        var ids = string.Join(',', Enumerable.Range(0, 100).Select(i => $"{i:D3}{new string('x', 61)}"));
        using var response = await fixture.Server.Client.GetAsync($"telemetry/latest?vehicleIds={ids}", Token);
        Assert.NotEqual(System.Net.HttpStatusCode.RequestUriTooLong, response.StatusCode);
        Assert.NotEqual(System.Net.HttpStatusCode.BadRequest, response.StatusCode);
        using var tooMany = await fixture.Server.Client.GetAsync($"telemetry/latest?vehicleIds={ids[..65].Replace('x', 'y')}{ids}", Token);
        (await tooMany.ProblemAsync(400, "invalid-request", Token)).Error("vehicleIds");
    }

    [Fact]
    public async Task A_failing_request_answers_a_problem_without_internals()
    {
        await using var server = await ApiServer.StartAsync(Token);
        await using (var session = await server.Database.BeginWriteAsync(Token))
        {
            await using var command = session.Transaction.Connection!.CreateCommand();
            command.Transaction = session.Transaction;
            command.CommandText = "DROP TABLE vehicle_connection";
            await command.ExecuteNonQueryAsync(Token);
            await session.CommitAsync(Token);
        }

        await Assert.ThrowsAsync<HttpRequestException>(() => server.RegisterAsync("car-1", Token));
        using var response = await server.Client.GetAsync("vehicles/car-1", Token);
        var problem = await response.ProblemAsync(500, "internal", Token);
        Assert.DoesNotContain("vehicle_connection", problem.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Sqlite", problem.ToString(), StringComparison.OrdinalIgnoreCase);
    }
}
