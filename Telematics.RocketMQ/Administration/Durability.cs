using System.Text;
using Telematics.RocketMQ.Remoting;
using Telematics.RocketMQ.Routing;

namespace Telematics.RocketMQ.Administration;

/// <summary>What a broker's OK promises, as far as the broker tells its settings.</summary>
internal sealed class Durability(AdministrationContext context)
{
    /// <summary>One sentence for the operator.</summary>
    public async Task<string> DescribeAsync(IEnumerable<BrokerRoute> brokers, CancellationToken cancellationToken)
    {
        var descriptions = new List<(string Broker, string Promise)>();
        foreach (var broker in brokers)
        {
            if (broker.Master is { } address)
            {
                descriptions.Add((broker.Name, await DescribeAsync(address, cancellationToken)));
            }
        }

        return "SEND_OK of " + string.Join("; of ", descriptions.GroupBy(description => description.Promise, StringComparer.Ordinal)
            .Select(same => $"{string.Join(", ", same.Select(description => description.Broker))}: {same.Key}"));
    }

    private async Task<string> DescribeAsync(string address, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await context.Client.RequestAsync(address, new RemotingRequest(RequestCode.GetBrokerConfig), context.Options.RequestTimeout, cancellationToken);
            return response.Code == ResponseCode.Success
                ? Describe(Encoding.UTF8.GetString(response.Body.Span))
                : $"the broker does not tell how it flushes and replicates (code {(int)response.Code})";
        }
        catch (RemotingException fault)
        {
            return $"the broker does not tell how it flushes and replicates ({fault.Message})";
        }
    }

    internal static string Describe(string settings)
    {
        var values = settings.Split('\n')
            .Select(line => line.Split('=', 2))
            .Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0].Trim(), pair => pair[1].Trim(), StringComparer.Ordinal);
        var flush = values.GetValueOrDefault("flushDiskType", "unknown flush mode");
        var role = values.GetValueOrDefault("brokerRole", "unknown role");
        var replicas = values.GetValueOrDefault("inSyncReplicas", "1");
        var isOnDisk = flush == "SYNC_FLUSH";
        var isCopied = role == "SYNC_MASTER" && replicas is not ("0" or "1");
        var place = isOnDisk ? "on the broker's disk" : "in the memory of the broker's machine, so it survives the death of the broker but not a power cut there";
        return $"{flush}, {role}, inSyncReplicas {replicas}: {place}{(isCopied ? ", and on a slave" : "")}";
    }
}
