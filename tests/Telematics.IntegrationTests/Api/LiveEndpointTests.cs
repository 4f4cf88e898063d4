using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Telematics.Storage.Model;
using Telematics.Storage.Registry;
using Xunit;

namespace Telematics.IntegrationTests.Api;

public sealed class LiveEndpointTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_begins_with_all_and_goes_on_with_what_changes()
    {
        await using var server = await ApiServer.StartAsync(Token);
        var seed = new LiveSeed(server);
        seed.Register("car-1");
        seed.Report("car-1", 48, 11);
        await using var stream = await OpenAsync(server.Client, "live?bbox=10,47,12,49");
        Assert.Equal("text/event-stream", stream.MediaType);
        var first = await stream.NextAsync();
        Assert.True(first.Data.GetProperty("isReset").GetBoolean());
        Assert.Equal(["car-1"], Changed(first));
        Assert.NotNull(first.Id);

        seed.Report("car-1", 48.5, 11);
        var second = await stream.NextAsync();
        Assert.False(second.Data.GetProperty("isReset").GetBoolean());
        Assert.Equal(48.5, second.Data.GetProperty("changed")[0].GetProperty("signals").GetProperty("Vehicle.CurrentLocation.Latitude").GetDouble());

        seed.Report("car-1", 60, 11);
        var third = await stream.NextAsync();
        Assert.Equal("car-1", third.Data.GetProperty("left")[0].GetString());
    }

    [Fact]
    public async Task A_stream_resumes_with_what_changed_since_its_last_event()
    {
        await using var server = await ApiServer.StartAsync(Token);
        var seed = new LiveSeed(server);
        seed.Register("car-1");
        seed.Register("car-2");
        seed.Report("car-1", 48, 11);
        seed.Report("car-2", 48, 11);
        string? id;
        await using (var stream = await OpenAsync(server.Client, "live?vehicleIds=car-1,car-2"))
        {
            id = (await stream.NextAsync()).Id;
        }

        seed.Report("car-2", 49, 11);
        await using var resumed = await OpenAsync(server.Client, "live?vehicleIds=car-1,car-2", id);
        var next = await resumed.NextAsync();
        Assert.False(next.Data.GetProperty("isReset").GetBoolean());
        Assert.Equal(["car-2"], Changed(next));
    }

    [Fact]
    public async Task A_stream_with_an_unusable_id_begins_anew()
    {
        await using var server = await ApiServer.StartAsync(Token);
        new LiveSeed(server).Register("car-1");
        await using var stream = await OpenAsync(server.Client, "live?vehicleIds=car-1", "nonsense");
        Assert.True((await stream.NextAsync()).Data.GetProperty("isReset").GetBoolean());
    }

    [Fact]
    public async Task More_streams_than_the_limit_are_refused_and_a_closed_one_makes_room()
    {
        await using var server = await ApiServer.StartAsync(Token, ("Telematics:Api:MaxLiveStreams", "1"));
        _ = new LiveSeed(server);
        await using (var stream = await OpenAsync(server.Client, "live?vehicleIds=car-1"))
        {
            await stream.NextAsync();
            using var refused = await server.Client.GetAsync("live?vehicleIds=car-1", Token);
            await refused.ProblemAsync(503, "too-many-streams", Token);
        }

        var until = DateTime.UtcNow + Patience;
        while (true)
        {
            using var response = await server.Client.GetAsync("live?vehicleIds=car-1", HttpCompletionOption.ResponseHeadersRead, Token);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                break;
            }

            Assert.True(DateTime.UtcNow < until, "the closed stream still counts");
            await Task.Delay(50, Token);
        }
    }

    [Fact]
    public async Task Revoking_a_key_ends_its_open_streams_within_a_second()
    {
        await using var server = await ApiServer.StartAsync(Token, ("Telematics:Api:Authentication", "ApiKey"));
        _ = new LiveSeed(server);
        var keys = server.Services.GetRequiredService<ApiKeys>();
        using var client = server.ClientWith((await keys.CreateAsync("map", ApiRole.Viewer, Token))!);
        using var other = server.ClientWith((await keys.CreateAsync("other", ApiRole.Viewer, Token))!);
        await Task.Delay(Telematics.Api.Authentication.ApiKeyRing.MaxAge, Token);
        await using var stream = await OpenAsync(client, "live?vehicleIds=car-1");
        await stream.NextAsync();
        await using var otherStream = await OpenAsync(other, "live?vehicleIds=car-1");
        await otherStream.NextAsync();

        await keys.RevokeAsync("map", Token);
        var begin = TimeProvider.System.GetTimestamp();
        Assert.True(await stream.EndsAsync());
        Assert.InRange(TimeProvider.System.GetElapsedTime(begin), TimeSpan.Zero, TimeSpan.FromSeconds(1.5)); // 1 s and the machine's own delay
        Assert.False(await otherStream.EndsAsync(TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task Open_streams_do_not_hold_up_the_end_of_the_process()
    {
        var server = await ApiServer.StartAsync(Token);
        _ = new LiveSeed(server);
        await using var stream = await OpenAsync(server.Client, "live?vehicleIds=car-1");
        await stream.NextAsync();
        var begin = TimeProvider.System.GetTimestamp();
        await server.DisposeAsync();
        Assert.InRange(TimeProvider.System.GetElapsedTime(begin), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    private static string[] Changed(Event sse) =>
        [.. sse.Data.GetProperty("changed").EnumerateArray().Select(item => item.GetProperty("vehicleId").GetString()!)];

    private static async Task<EventReader> OpenAsync(HttpClient client, string path, string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return new EventReader(response, await response.Content.ReadAsStreamAsync(Token));
    }

    private sealed record Event(string? Id, JsonElement Data);

    private sealed class EventReader : IAsyncDisposable
    {
        private readonly HttpResponseMessage _response;
        private readonly Stream _stream;
        private readonly SseParser<Event> _parser;
        private readonly IAsyncEnumerator<SseItem<Event>> _events;
        private Task<bool>? _next;

        public EventReader(HttpResponseMessage response, Stream stream)
        {
            _response = response;
            _stream = stream;
            _parser = SseParser.Create(stream, Parse);
            _events = _parser.EnumerateAsync(CancellationToken.None).GetAsyncEnumerator();
        }

        public string? MediaType => _response.Content.Headers.ContentType?.MediaType;

        public async Task<Event> NextAsync()
        {
            Assert.True(await MoveNextAsync().WaitAsync(Patience, Token));
            _next = null;
            return _events.Current.Data with { Id = _parser.LastEventId is { Length: > 0 } id ? id : null };
        }

        public async Task<bool> EndsAsync(TimeSpan? patience = null)
        {
            try
            {
                while (await MoveNextAsync().WaitAsync(patience ?? Patience, Token))
                {
                    _next = null;
                }

                return true;
            }
            catch (TimeoutException)
            {
                return false;
            }
        }

        public ValueTask DisposeAsync()
        {
            _response.Dispose(); // closes the connection under a read that may be under way
            return _stream.DisposeAsync();
        }

        private Task<bool> MoveNextAsync() => _next ??= _events.MoveNextAsync().AsTask();

        private static Event Parse(string type, ReadOnlySpan<byte> data)
        {
            Assert.Equal("vehicles", type);
            var reader = new Utf8JsonReader(data);
            return new Event(null, JsonElement.ParseValue(ref reader));
        }
    }
}
