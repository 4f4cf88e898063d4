using System.Text.Json;
using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ.Routing;

/// <summary>Reads the body of an answer to GET_BROKER_CLUSTER_INFO.</summary>
internal static class ClusterInfoDecoder
{
    /// <exception cref="RemotingException">It is none (<see cref="RemotingFault.Malformed"/>).</exception>
    public static ClusterInfo Decode(ReadOnlySpan<byte> body, string address)
    {
        try
        {
            using var document = JsonDocument.Parse(UnquotedKeys.Quote(body));
            return document.RootElement.TryGetProperty("brokerAddrTable", out var brokers)
                ? new([.. brokers.EnumerateObject().Select(broker => RouteDecoder.DecodeBroker(broker.Value)).OrderBy(broker => broker.Name, StringComparer.Ordinal)])
                : new([]);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or OverflowException or ArgumentException)
        {
            throw new RemotingException(RemotingFault.Malformed, address, $"the list of brokers cannot be read: {fault.Message}", fault);
        }
    }
}
