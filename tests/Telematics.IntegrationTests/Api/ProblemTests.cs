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
}
