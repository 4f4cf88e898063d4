using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Telematics.Api;
using Telematics.Api.Live;
using Telematics.Host.Scheduling;
using Telematics.IntegrationTests.Api;
using Telematics.Storage;
using Telematics.Storage.Model;
using Telematics.Storage.Registry;
using Xunit;

namespace Telematics.IntegrationTests.Host;

/// <summary>Hangfire's page on a real listener.</summary>
public sealed class SchedulerDashboardTests
{
    private static readonly (string, string) On = ("Telematics:Api:HangfireDashboard", "true");
    private static readonly (string, string) Keys = ("Telematics:Api:Authentication", "ApiKey");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_not_there_unless_switched_on()
    {
        await using var server = await Server.StartAsync();
        using var answer = await server.Client.GetAsync("hangfire", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Theory]
    [InlineData("hangfire")]
    [InlineData("hangfire/recurring")]
    public async Task Without_authentication_this_machine_sees_it(string path)
    {
        await using var server = await Server.StartAsync(On);
        using var answer = await server.GetReadyAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("/hangfire/recurring", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_styles_come_from_the_server_itself()
    {
        await using var server = await Server.StartAsync(On);
        using var page = await server.GetReadyAsync("hangfire");
        var text = await page.Content.ReadAsStringAsync(Cancel);
        var links = System.Text.RegularExpressions.Regex.Matches(text, "(?:src|href)=\"([^\"]+)\"").Select(match => match.Groups[1].Value).ToList();
        Assert.All(links.Where(link => link.Contains(".css", StringComparison.Ordinal) || link.Contains("/css", StringComparison.Ordinal) || link.Contains("/js", StringComparison.Ordinal)), link => Assert.StartsWith("/hangfire/", link, StringComparison.Ordinal));
        var style = links.First(link => link.StartsWith("/hangfire/css", StringComparison.Ordinal));
        using var answer = await server.Client.GetAsync(style, Cancel);
        Assert.Equal("text/css", answer.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("evil.example", null)]
    [InlineData(null, "http://evil.example")]
    public async Task Without_authentication_a_web_page_from_elsewhere_does_not(string? host, string? origin)
    {
        await using var server = await Server.StartAsync(On);
        using var request = new HttpRequestMessage(HttpMethod.Get, "hangfire");
        request.Headers.Host = host;
        if (origin is not null)
        {
            request.Headers.TryAddWithoutValidation("Origin", origin);
        }

        using var answer = await server.Client.SendAsync(request, Cancel);
        await answer.ProblemAsync(403, "foreign-origin", Cancel);
    }

    [Fact]
    public async Task A_browser_is_asked_to_log_in_and_a_key_is_the_password()
    {
        await using var server = await Server.StartAsync(On, Keys);
        using var asked = await server.Client.GetAsync("hangfire", Cancel);
        await asked.ProblemAsync(401, "unauthenticated", Cancel);
        Assert.Equal("Basic", asked.Headers.WwwAuthenticate.Single().Scheme);

        var key = await server.CreateKeyAsync(ApiRole.Administrator);
        server.Client.DefaultRequestHeaders.Authorization = Basic("anybody", key);
        using var answer = await server.GetReadyAsync("hangfire");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var bearer = await server.Client.GetAsync("hangfire", Cancel);
        Assert.Equal(HttpStatusCode.OK, bearer.StatusCode);
    }

    [Fact]
    public async Task Wrong_keys_and_nonsense_are_refused()
    {
        await using var server = await Server.StartAsync(On, Keys);
        foreach (var header in new[] { "Basic", "Basic ", "Basic %%%", "Basic " + Convert.ToBase64String("nocolon"u8), "Basic " + Convert.ToBase64String("a:"u8), "Basic " + Convert.ToBase64String("a:wrong"u8), "Basic " + new string('A', 20_000), "Digest x" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "hangfire");
            request.Headers.TryAddWithoutValidation("Authorization", header);
            using var answer = await server.Client.SendAsync(request, Cancel);
            await answer.ProblemAsync(401, "unauthenticated", Cancel);
        }
    }

    [Theory]
    [InlineData(ApiRole.Viewer)]
    [InlineData(ApiRole.Supervisor)]
    public async Task Only_administrators_may_see_it(ApiRole role)
    {
        await using var server = await Server.StartAsync(On, Keys);
        server.Client.DefaultRequestHeaders.Authorization = Basic("", await server.CreateKeyAsync(role));
        using var answer = await server.Client.GetAsync("hangfire", Cancel);
        await answer.ProblemAsync(403, "forbidden", Cancel);
    }

    [Fact]
    public async Task The_API_itself_takes_no_password()
    {
        await using var server = await Server.StartAsync(On, Keys);
        server.Client.DefaultRequestHeaders.Authorization = Basic("", await server.CreateKeyAsync(ApiRole.Administrator));
        using var answer = await server.Client.GetAsync("api/v1/vehicles", Cancel);
        await answer.ProblemAsync(401, "unauthenticated", Cancel);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Forbidden)]
    [InlineData("http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("own", HttpStatusCode.NoContent)]
    public async Task A_form_of_another_site_does_nothing(string? origin, HttpStatusCode expected)
    {
        await using var server = await Server.StartAsync(On, Keys);
        server.Client.DefaultRequestHeaders.Authorization = Basic("", await server.CreateKeyAsync(ApiRole.Administrator));
        using var ready = await server.GetReadyAsync("hangfire");
        using var request = new HttpRequestMessage(HttpMethod.Post, "hangfire/recurring/trigger") { Content = new FormUrlEncodedContent([new("jobs[]", "nothing")]) };
        if (origin is not null)
        {
            request.Headers.TryAddWithoutValidation("Origin", origin == "own" ? server.Client.BaseAddress!.GetLeftPart(UriPartial.Authority) : origin);
        }

        using var answer = await server.Client.SendAsync(request, Cancel);
        Assert.Equal(expected, answer.StatusCode);
    }

    private static AuthenticationHeaderValue Basic(string name, string password) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}")));

    /// <summary>API, scheduler and page over a SQLite file.</summary>
    private sealed class Server : IAsyncDisposable
    {
        private readonly string _folder;
        private readonly WebApplication _application;

        private Server(string folder, WebApplication application)
        {
            _folder = folder;
            _application = application;
            Client = new HttpClient { BaseAddress = new Uri(application.Urls.Single()) };
        }

        public HttpClient Client { get; }

        public static async Task<Server> StartAsync(params (string Key, string Value)[] settings)
        {
            var folder = Directory.CreateTempSubdirectory("telematics-dashboard-").FullName;
            var builder = WebApplication.CreateSlimBuilder();
            builder.Configuration.Sources.Clear();
            builder.Configuration.AddInMemoryCollection(
            [
                new("Telematics:Storage:DataDirectory", folder),
                .. settings.Select(setting => new KeyValuePair<string, string?>(setting.Key, setting.Value)),
            ]);
            builder.Logging.ClearProviders();
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            builder.Services.AddTelematicsStorage();
            builder.Services.AddMaintenanceScheduler();
            builder.Services.AddMaintenanceTrigger();
            builder.Services.AddTelematicsApi();
            builder.Services.Remove(builder.Services.Single(service => service.ImplementationType == typeof(LiveFollower)));
            var application = builder.Build();
            application.MapTelematicsApi();
            application.MapSchedulerDashboard();
            await application.StartAsync(Cancel);
            return new Server(folder, application);
        }

        public async Task<string> CreateKeyAsync(ApiRole role) =>
            (await _application.Services.GetRequiredService<ApiKeys>().CreateAsync($"key-{Guid.NewGuid():N}", role, Cancel))!;

        /// <summary>The page once the scheduler has started; before that it says that it is not ready.</summary>
        public async Task<HttpResponseMessage> GetReadyAsync(string path)
        {
            while (true)
            {
                var answer = await Client.GetAsync(path, Cancel);
                if (answer.StatusCode != HttpStatusCode.ServiceUnavailable)
                {
                    return answer;
                }

                answer.Dispose();
                await Task.Delay(50, Cancel);
            }
        }

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await _application.StopAsync();
            await _application.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
