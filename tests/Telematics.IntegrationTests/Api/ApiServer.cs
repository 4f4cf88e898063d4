using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Telematics.Api;
using Telematics.Api.Live;
using Telematics.Storage;
using Telematics.Storage.Model;
using Telematics.Storage.Registry;
using Xunit;

namespace Telematics.IntegrationTests.Api;

/// <summary>The API on a real Kestrel (port 0) over a SQLite file in a folder of its own.</summary>
public sealed class ApiServer : IAsyncDisposable
{
    private readonly string _folder;
    private readonly WebApplication _app;

    private ApiServer(string folder, WebApplication app, HttpClient client)
    {
        _folder = folder;
        _app = app;
        Client = client;
    }

    /// <summary>Its base address is <c>/api/v1/</c>.</summary>
    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    internal ITelematicsDatabase Database => Services.GetRequiredService<ITelematicsDatabase>();

    public static Task<ApiServer> StartAsync(CancellationToken cancellationToken, params (string Key, string Value)[] settings) =>
        StartAsync(static _ => { }, cancellationToken, settings);

    /// <summary>The same with some services replaced.</summary>
    public static async Task<ApiServer> StartAsync(Action<IServiceCollection> replace, CancellationToken cancellationToken, params (string Key, string Value)[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("telematics-api-").FullName;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(
        [
            new("Telematics:Storage:DataDirectory", folder),
            .. settings.Select(setting => new KeyValuePair<string, string?>(setting.Key, setting.Value)),
        ]);
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        builder.Services.AddTelematicsStorage();
        builder.Services.AddTelematicsApi();
        // There is no message log here: the tests put into the live view what they need.
        builder.Services.Remove(builder.Services.Single(service => service.ImplementationType == typeof(LiveFollower)));
        replace(builder.Services);
        var app = builder.Build();
        app.MapTelematicsApi();
        await app.StartAsync(cancellationToken);
        return new ApiServer(folder, app, new HttpClient { BaseAddress = new Uri($"{app.Urls.Single()}/api/v1/") });
    }

    /// <summary>A client with a new key of this role.</summary>
    internal async Task<HttpClient> CreateClientAsync(ApiRole role, CancellationToken cancellationToken)
    {
        var name = $"{role}-{Guid.NewGuid():N}";
        var key = await Services.GetRequiredService<ApiKeys>().CreateAsync(name, role, cancellationToken);
        return ClientWith(key!);
    }

    public HttpClient ClientWith(string key)
    {
        var client = new HttpClient { BaseAddress = Client.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>Every route below <c>/api/v1</c>.</summary>
    public IEnumerable<RouteEndpoint> Endpoints() =>
        Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    public async Task RegisterAsync(string vehicleId, CancellationToken cancellationToken)
    {
        using var response = await Client.PutAsJsonAsync($"vehicles/{vehicleId}", new { name = $"Name of {vehicleId}" }, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>Reading answers.</summary>
internal static class AnswerExtensions
{
    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var document = await JsonDocument.ParseAsync(stream, cancellationToken: cancellationToken);
        return document.RootElement.Clone();
    }

    /// <summary>Asserts a problem of this kind and returns it.</summary>
    public static async Task<JsonElement> ProblemAsync(this HttpResponseMessage response, int status, string type, CancellationToken cancellationToken)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.JsonAsync(cancellationToken);
        Assert.Equal($"urn:telematics:problem:{type}", problem.GetProperty("type").GetString());
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        Assert.NotEmpty(problem.GetProperty("traceId").GetString()!);
        return problem;
    }

    /// <summary>Asserts that one of a problem's errors names this field, and returns it.</summary>
    public static JsonElement Error(this JsonElement problem, string field)
    {
        var error = problem.GetProperty("errors").EnumerateArray().SingleOrDefault(e => e.GetProperty("field").GetString() == field);
        Assert.True(error.ValueKind == JsonValueKind.Object, $"no error of {field} in {problem}");
        return error;
    }

    public static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");
}
