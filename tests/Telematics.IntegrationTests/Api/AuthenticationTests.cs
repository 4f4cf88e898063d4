using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Telematics.Api.Authentication;
using Telematics.Storage.Model;
using Telematics.Storage.Registry;
using Xunit;

namespace Telematics.IntegrationTests.Api;

public sealed class AuthenticationTests(ApiServerFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_mapped_endpoint_has_a_policy_or_is_open_on_purpose()
    {
        string[] open = ["/openapi/", "/scalar"];
        foreach (var endpoint in fixture.Server.Endpoints())
        {
            var route = endpoint.RoutePattern.RawText!;
            if (open.Any(prefix => route.StartsWith(prefix, StringComparison.Ordinal) || route.StartsWith(prefix[1..], StringComparison.Ordinal)))
            {
                Assert.NotNull(endpoint.Metadata.GetMetadata<IAllowAnonymous>());
                continue;
            }

            Assert.Null(endpoint.Metadata.GetMetadata<IAllowAnonymous>());
            Assert.Contains(endpoint.Metadata.OfType<IAuthorizeData>(), data => data.Policy is not null && ApiPolicies.LeastRoles.ContainsKey(data.Policy));
        }
    }

    [Fact]
    public void Every_endpoint_that_changes_something_asks_for_more_than_a_viewer()
    {
        foreach (var endpoint in fixture.Server.Endpoints())
        {
            var methods = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods;
            if (methods.Any(method => method is not ("GET" or "HEAD")))
            {
                Assert.Contains(endpoint.Metadata.OfType<IAuthorizeData>(), data => data.Policy is ApiPolicies.Supervise or ApiPolicies.Administer);
            }
        }
    }

    [Fact]
    public async Task Without_a_valid_key_nothing_is_answered()
    {
        await using var server = await StartAsync();
        using var none = await server.Client.GetAsync("vehicles", Token);
        await none.ProblemAsync(401, "unauthenticated", Token);
        Assert.Equal("Bearer", none.Headers.WwwAuthenticate.Single().Scheme);
        foreach (var authorization in new[] { "Bearer wrong", "Bearer ", "Basic dXNlcjpwYXNz", "wrong", $"Bearer {new string('x', 5_000)}", "Bearer a, Bearer b" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "vehicles");
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
            using var response = await server.Client.SendAsync(request, Token);
            await response.ProblemAsync(401, "unauthenticated", Token);
        }
    }

    [Fact]
    public async Task A_role_may_do_what_it_includes_and_no_more()
    {
        (string Method, string Path, ApiRole Least)[] matrix =
        [
            ("GET", "vehicles", ApiRole.Viewer),
            ("GET", "signals", ApiRole.Viewer),
            ("GET", "vehicles/car-1/telemetry", ApiRole.Viewer),
            ("GET", "telemetry/latest?vehicleIds=car-1", ApiRole.Viewer),
            ("GET", "telemetry/rejected", ApiRole.Viewer),
            ("GET", "commands", ApiRole.Viewer),
            ("GET", "command-types", ApiRole.Viewer),
            ("POST", "commands", ApiRole.Supervisor),
            ("POST", "commands/00000000-0000-0000-0000-000000000000/cancel", ApiRole.Supervisor),
            ("PUT", "vehicles/car-1", ApiRole.Administrator),
            ("DELETE", "vehicles/car-1", ApiRole.Administrator),
            ("POST", "vehicles/car-1/credentials", ApiRole.Administrator),
            ("DELETE", "vehicles/car-1/credentials", ApiRole.Administrator),
        ];
        await using var server = await StartAsync();
        foreach (var role in Enum.GetValues<ApiRole>())
        {
            using var client = await server.CreateClientAsync(role, Token);
            await Task.Delay(ApiKeyRing.MaxAge, Token);
            foreach (var (method, path, least) in matrix)
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = method == "PUT" ? JsonContent.Create(new { }) : null };
                using var response = await client.SendAsync(request, Token);
                if (role < least)
                {
                    await response.ProblemAsync(403, "forbidden", Token);
                }
                else
                {
                    Assert.True(response.StatusCode is not (HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized), $"{role}: {method} {path} answered {response.StatusCode}");
                }
            }
        }
    }

    [Fact]
    public async Task Refusals_come_before_anything_is_said_about_the_request()
    {
        await using var server = await StartAsync();
        using var response = await server.Client.GetAsync("vehicles?limit=nonsense", Token);
        await response.ProblemAsync(401, "unauthenticated", Token);
    }

    [Fact]
    public async Task A_revoked_key_is_out_within_a_second()
    {
        await using var server = await StartAsync();
        var keys = server.Services.GetRequiredService<ApiKeys>();
        var key = await keys.CreateAsync("watch", ApiRole.Viewer, Token);
        using var client = server.ClientWith(key!);
        using var before = await client.GetAsync("signals", Token);
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        await keys.RevokeAsync("watch", Token);
        await Task.Delay(TimeSpan.FromSeconds(1), Token);
        using var after = await client.GetAsync("signals", Token);
        await after.ProblemAsync(401, "unauthenticated", Token);
    }

    [Theory]
    [InlineData("evil.example", null)]
    [InlineData("evil.example:8080", null)]
    [InlineData(null, "http://evil.example")]
    [InlineData(null, "null")]
    public async Task Without_authentication_a_web_page_from_elsewhere_is_refused(string? host, string? origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"vehicles/{ApiServerFixture.NextId()}/credentials");
        request.Headers.Host = host;
        if (origin is not null)
        {
            request.Headers.TryAddWithoutValidation("Origin", origin);
        }

        using var response = await fixture.Server.Client.SendAsync(request, Token);
        await response.ProblemAsync(403, "foreign-origin", Token);
    }

    [Fact]
    public async Task Without_authentication_a_page_of_the_server_itself_may_call()
    {
        var own = fixture.Server.Client.BaseAddress!.GetLeftPart(UriPartial.Authority);
        using var request = new HttpRequestMessage(HttpMethod.Get, "signals");
        request.Headers.TryAddWithoutValidation("Origin", own);
        using var response = await fixture.Server.Client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("Telematics:Http:Address=0.0.0.0", "Telematics:Api:Authentication=ApiKey")]
    [InlineData("Telematics:Http:Address=0.0.0.0;Telematics:Api:Authentication=ApiKey", "Telematics:AllowPlainText=true")]
    public async Task A_listener_for_strangers_is_refused_at_start(string settings, string advice)
    {
        var pairs = settings.Split(';').Select(setting => setting.Split('=')).Select(parts => (parts[0], parts[1])).ToArray();
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => ApiServer.StartAsync(Token, pairs));
        Assert.Contains(refusal.Failures, failure => failure.Contains(advice, StringComparison.Ordinal) && failure.Contains("0.0.0.0", StringComparison.Ordinal));
    }

    private static Task<ApiServer> StartAsync() => ApiServer.StartAsync(Token, ("Telematics:Api:Authentication", "ApiKey"));
}
