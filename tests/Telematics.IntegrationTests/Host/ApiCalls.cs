using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Telematics.IntegrationTests.Host;

/// <summary>The few calls of the REST API that the tests of the whole way need.</summary>
internal static class ApiCalls
{
    public static async Task<JsonNode> GetJsonAsync(this HttpClient http, string path, CancellationToken cancellationToken)
    {
        using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        return answer.IsSuccessStatusCode
            ? JsonNode.Parse(text)!
            : throw new HttpRequestException($"GET {path}: {(int)answer.StatusCode} {text}");
    }

    public static async Task<JsonNode> OrderAsync(this HttpClient http, string type, JsonNode target, CancellationToken cancellationToken, int ttlSeconds = 60, JsonNode? parameters = null)
    {
        var body = new JsonObject { ["type"] = type, ["parameters"] = parameters ?? new JsonObject(), ["target"] = target, ["ttlSeconds"] = ttlSeconds };
        using var answer = await http.PostAsJsonAsync(new Uri("api/v1/commands", UriKind.Relative), body, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        Assert(answer.StatusCode == System.Net.HttpStatusCode.Accepted, $"POST commands: {(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    public static JsonObject Vehicles(params string[] ids) => new() { ["vehicleIds"] = new JsonArray([.. ids.Select(id => JsonValue.Create(id))]) };

    public static JsonObject All() => new() { ["all"] = true };

    /// <summary>Every item of a list, page by page.</summary>
    public static async Task<List<JsonNode>> GetAllAsync(this HttpClient http, string path, CancellationToken cancellationToken)
    {
        var items = new List<JsonNode>();
        string? cursor = null;
        do
        {
            var page = await http.GetJsonAsync(cursor is null ? path : $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}cursor={Uri.EscapeDataString(cursor)}", cancellationToken);
            items.AddRange(page["items"]!.AsArray().Select(item => item!));
            cursor = page["nextCursor"]?.GetValue<string>();
        }
        while (cursor is not null);

        return items;
    }

    /// <summary>Asks until the answer is as wanted; fails with the last answer.</summary>
    public static async Task<JsonNode> UntilAsync(this HttpClient http, string path, Func<JsonNode, bool> wanted, CancellationToken cancellationToken, int seconds = 30)
    {
        var end = Environment.TickCount64 + (seconds * 1_000L);
        while (true)
        {
            JsonNode? last = null;
            var fault = "";
            try
            {
                last = await http.GetJsonAsync(path, cancellationToken);
                if (wanted(last))
                {
                    return last;
                }
            }
            catch (HttpRequestException e)
            {
                fault = e.Message;
            }

            Assert(Environment.TickCount64 < end, $"{path} was not as wanted within {seconds} s; last: {last?.ToJsonString() ?? fault}");
            await Task.Delay(100, cancellationToken);
        }
    }

    private static void Assert(bool condition, string message) => Xunit.Assert.True(condition, message);
}
