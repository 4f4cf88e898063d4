using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Telematics.Contracts.Commands;

namespace Telematics.Simulator.Scenarios;

/// <summary>A command to all vehicles, sent by the REST API and followed to its end.</summary>
/// <param name="api">Address of the API.</param>
/// <param name="key">Key for it, or null.</param>
/// <param name="timeToLive">Time to live of the command.</param>
internal sealed class BroadcastOrder(Uri api, string? key, TimeSpan timeToLive)
{
    private const string Completed = "completed";
    private const int PageSize = 1_000;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    // The command ends by itself when its time to live is over; this is for what is still under way then.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Waits until the API knows so many vehicles as online, since only those are meant by "all" that are known; sends
    /// the command, and waits until every execution has ended. Answers how the API counts them, for people.
    /// </summary>
    /// <exception cref="HttpRequestException">The API cannot be reached, or refuses.</exception>
    public async Task<string> SendAsync(int vehicles, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = new Uri(api, "/api/v1/") };
        if (key is not null)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        while (await CountOnlineAsync(http, cancellationToken) < vehicles)
        {
            await Task.Delay(Look, clock, cancellationToken);
        }

        var order = new { type = CommandTypeNames.Locate, parameters = new { }, target = new { all = true }, ttlSeconds = (int)timeToLive.TotalSeconds };
        using var answer = await http.PostAsJsonAsync(new Uri("commands", UriKind.Relative), order, cancellationToken);
        var id = (await ReadAsync(answer, cancellationToken)).GetProperty("id").GetString();
        var start = clock.GetTimestamp();
        while (true)
        {
            using var state = await http.GetAsync(new Uri($"commands/{id}", UriKind.Relative), cancellationToken);
            var command = await ReadAsync(state, cancellationToken);
            if (command.GetProperty("state").GetString() == Completed || clock.GetElapsedTime(start) > timeToLive + Patience)
            {
                return $"command {id}: {command.GetProperty("state")} after {clock.GetElapsedTime(start).TotalSeconds:0.0} s, {command.GetProperty("counts").GetRawText()}";
            }

            await Task.Delay(Look, clock, cancellationToken);
        }
    }

    private static async Task<int> CountOnlineAsync(HttpClient http, CancellationToken cancellationToken)
    {
        var count = 0;
        string? cursor = null;
        do
        {
            var from = cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}";
            using var answer = await http.GetAsync(new Uri($"vehicles?state=online&limit={PageSize}{from}", UriKind.Relative), cancellationToken);
            var page = await ReadAsync(answer, cancellationToken);
            count += page.GetProperty("items").GetArrayLength();
            cursor = page.TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);

        return count;
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken) => answer.IsSuccessStatusCode
        ? await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)
        : throw new HttpRequestException($"{answer.RequestMessage?.Method} {answer.RequestMessage?.RequestUri}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancellationToken)}");
}
