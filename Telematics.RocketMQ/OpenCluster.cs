using Telematics.Messaging;
using Telematics.RocketMQ.Administration;
using Telematics.RocketMQ.Remoting;
using Telematics.RocketMQ.Routing;

namespace Telematics.RocketMQ;

/// <summary>What was found out about the cluster when the log was opened.</summary>
/// <param name="Identity">The lasting name under which offsets are stored.</param>
/// <param name="Brokers">Those whose queues are used, in their lasting order.</param>
/// <param name="Durability">What "stored" means there.</param>
internal sealed record OpenCluster(string Identity, IReadOnlyList<string> Brokers, string Durability)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LogInterval = TimeSpan.FromMinutes(1);

    /// <summary>Finds the cluster; waits for it for as long as it takes, and says so now and then.</summary>
    /// <exception cref="MessageLogException">The settings do not fit it; the text says what to do.</exception>
    public static async Task<OpenCluster> FindAsync(AdministrationContext context, CancellationToken cancellationToken)
    {
        for (long? logged = null; ;)
        {
            string fault;
            try
            {
                var cluster = await context.NameServers.GetClusterAsync(cancellationToken);
                var wanted = RocketMQOptions.Split(context.Options.Brokers);
                var found = wanted.Length > 0 ? [.. wanted.Select(cluster.Find).OfType<BrokerRoute>()] : cluster.Brokers;
                if (found.Count > 0)
                {
                    return await DescribeAsync(context, wanted, found, cancellationToken);
                }

                fault = wanted.Length == 0
                    ? "no broker is registered with the name servers."
                    : $"of the brokers {string.Join(", ", wanted)} ({RocketMQOptions.SectionName}:{nameof(RocketMQOptions.Brokers)}) none is registered with the name servers; registered: {string.Join(", ", cluster.Brokers.Select(broker => broker.Name))}.";
            }
            catch (RemotingException failure)
            {
                fault = $"{failure.Message}.";
            }

            if (logged is null || context.Time.GetElapsedTime(logged.Value) >= LogInterval)
            {
                logged = context.Time.GetTimestamp();
                context.Logger.LogNotThere(context.Options.NameServers, fault);
            }

            await Task.Delay(Interval, context.Time, cancellationToken);
        }
    }

    private static async Task<OpenCluster> DescribeAsync(AdministrationContext context, string[] wanted, IReadOnlyList<BrokerRoute> found, CancellationToken cancellationToken)
    {
        if (wanted.Length == 0 && found.Count > 1)
        {
            throw new MessageLogException($"RocketMQ {context.Options.NameServers} has the brokers {string.Join(", ", found.Select(broker => broker.Name))}: say in {RocketMQOptions.SectionName}:{nameof(RocketMQOptions.Brokers)} which ones to use, in a lasting order (the same in all processes).");
        }

        string[] clusters = [.. found.Select(broker => broker.Cluster).Distinct(StringComparer.Ordinal)];
        if (clusters.Length > 1 && context.Options.Identity.Length == 0)
        {
            throw new MessageLogException($"RocketMQ {context.Options.NameServers}: the brokers belong to the clusters {string.Join(", ", clusters)}: set {RocketMQOptions.SectionName}:{nameof(RocketMQOptions.Identity)} to a lasting name.");
        }

        return new(
            context.Options.Identity.Length > 0 ? context.Options.Identity : $"rocketmq/{clusters[0]}",
            wanted.Length > 0 ? wanted : [found[0].Name],
            await new Durability(context).DescribeAsync(found, cancellationToken));
    }
}
