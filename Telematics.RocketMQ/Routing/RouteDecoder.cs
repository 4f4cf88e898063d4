using System.Globalization;
using System.Text.Json;
using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ.Routing;

/// <summary>Reads the body of a route.</summary>
internal static class RouteDecoder
{
    private const int ReadPermission = 4;
    private const int WritePermission = 2;

    /// <exception cref="RemotingException">It is no route (<see cref="RemotingFault.Malformed"/>).</exception>
    public static TopicRoute Decode(string topic, ReadOnlyMemory<byte> body, string address)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            return new(
                topic,
                [.. Items(root, "brokerDatas").Select(DecodeBroker).OrderBy(broker => broker.Name, StringComparer.Ordinal)],
                [.. Items(root, "queueDatas").Select(DecodeQueues).OrderBy(queues => queues.BrokerName, StringComparer.Ordinal)]);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or OverflowException or ArgumentException)
        {
            throw new RemotingException(RemotingFault.Malformed, address, $"the route of topic '{topic}' cannot be read: {fault.Message}", fault);
        }
    }

    public static BrokerRoute DecodeBroker(JsonElement broker) => new(
        broker.TryGetProperty("cluster", out var cluster) ? cluster.GetString() ?? "" : "",
        broker.GetProperty("brokerName").GetString() ?? throw new FormatException("a broker without a name"),
        broker.GetProperty("brokerAddrs").EnumerateObject().ToDictionary(
            pair => long.Parse(pair.Name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture),
            pair => pair.Value.GetString() ?? throw new FormatException($"broker id {pair.Name} without an address")));

    private static IEnumerable<JsonElement> Items(JsonElement root, string name) =>
        root.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array ? items.EnumerateArray() : [];

    private static TopicQueues DecodeQueues(JsonElement queues)
    {
        var permission = queues.GetProperty("perm").GetInt32();
        return new(
            queues.GetProperty("brokerName").GetString() ?? throw new FormatException("queues without a broker's name"),
            queues.GetProperty("readQueueNums").GetInt32(),
            queues.GetProperty("writeQueueNums").GetInt32(),
            (permission & ReadPermission) != 0,
            (permission & WritePermission) != 0);
    }
}
