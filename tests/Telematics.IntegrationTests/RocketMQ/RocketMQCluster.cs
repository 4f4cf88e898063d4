using System.Globalization;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>How to reach a cluster.</summary>
/// <param name="NameServers">As <c>RocketMQOptions.NameServers</c> takes them.</param>
/// <param name="Name">The cluster's name.</param>
/// <param name="AdminAsync">Runs RocketMQ's <c>mqadmin</c> with these arguments (the name servers are added) and answers its output; fails the test unless it ends with 0.</param>
internal sealed record RocketMQCluster(string NameServers, string Name, Func<string[], Task<string>> AdminAsync)
{
    /// <summary>Makes a topic on all brokers by RocketMQ's own tool; about a second.</summary>
    public Task CreateTopicAsync(string topic, int queues)
    {
        var count = queues.ToString(CultureInfo.InvariantCulture);
        return AdminAsync(["updateTopic", "-c", Name, "-t", topic, "-r", count, "-w", count]);
    }
}
