using Telematics.Messaging;
using Telematics.RocketMQ.Records;
using Telematics.RocketMQ.Remoting;
using Telematics.RocketMQ.Routing;

namespace Telematics.RocketMQ.Administration;

/// <summary>Sees to it that a topic has the queues that it has to have, on the brokers that it has to be on.</summary>
internal sealed class TopicAdministration(AdministrationContext context)
{
    private static readonly TimeSpan RouteTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RouteInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Compares a topic with its layout, and makes it where it is missing and may be made. A broker that is away is
    /// taken to have its part, when another one has.
    /// </summary>
    /// <exception cref="MessageLogException">The topic is not as it has to be; the text says what to do.</exception>
    /// <exception cref="RemotingException">A server does not answer.</exception>
    public async Task EnsureAsync(string topic, QueueLayout layout, CancellationToken cancellationToken)
    {
        if (!SystemTopics.IsName(topic) || SystemTopics.Contains(topic))
        {
            throw new MessageLogException($"Topic '{topic}': a name is 1 to {SystemTopics.MaxNameLength} of [A-Za-z0-9_%|-] and none of RocketMQ's own topics.");
        }

        var route = await context.Routes.RefreshAsync(topic, cancellationToken);
        var missing = layout.Parts.Where(part => Find(route, part) is null).ToList();
        if (missing.Count > 0)
        {
            var cluster = await context.NameServers.GetClusterAsync(cancellationToken);
            var away = missing.Where(part => cluster.Find(part.Broker)?.Master is null).ToList();
            if (away.Count > 0 && missing.Count == layout.Parts.Count)
            {
                throw new MessageLogException($"Topic '{topic}' is not there and cannot be made: {Names(away)} not registered with the name servers ({Names(cluster.Brokers.Select(broker => broker.Name))} registered). Start the broker, or set {RocketMQOptions.SectionName}:{nameof(RocketMQOptions.Brokers)}.");
            }

            foreach (var part in away)
            {
                context.Logger.LogBrokerAway(topic, part.Broker);
            }

            route = await MakeAsync(topic, layout, [.. missing.Except(away)], cluster, cancellationToken) ?? route;
        }

        foreach (var part in layout.Parts)
        {
            Check(topic, part, route);
        }

        foreach (var unused in route?.Queues.Where(queues => layout.Parts.All(part => part.Broker != queues.BrokerName)) ?? [])
        {
            context.Logger.LogBrokerUnused(topic, unused.BrokerName);
        }
    }

    private async Task<TopicRoute?> MakeAsync(string topic, QueueLayout layout, List<QueueLayout.Part> parts, ClusterInfo cluster, CancellationToken cancellationToken)
    {
        if (parts.Count == 0)
        {
            return null;
        }

        var commands = string.Join("; ", parts.Select(part => Command(topic, part, cluster.Find(part.Broker)!.Master!)));
        if (cluster.Brokers.Any(broker => broker.Name == topic || broker.Cluster == topic))
        {
            throw new MessageLogException($"Topic '{topic}' is RocketMQ's own: it has the name of a cluster or broker.");
        }

        if (!context.Options.CreateTopics)
        {
            throw new MessageLogException($"Topic '{topic}' is missing: {Names(parts)} without it. Make it: {commands} - or set {RocketMQOptions.SectionName}:{nameof(RocketMQOptions.CreateTopics)}=true.");
        }

        foreach (var part in parts)
        {
            await MakeAsync(topic, part, cluster.Find(part.Broker)!.Master!, commands, cancellationToken);
        }

        // A broker registers a new topic at once, but its name server is not asked before that is through.
        var began = context.Time.GetTimestamp();
        while (true)
        {
            var route = await context.Routes.RefreshAsync(topic, cancellationToken);
            if (parts.All(part => Find(route, part) is not null))
            {
                return route;
            }

            if (context.Time.GetElapsedTime(began) > RouteTimeout)
            {
                throw new MessageLogException($"Topic '{topic}' was made ({Names(parts)} to have it), but after {RouteTimeout.TotalSeconds:F0} s the name servers do not know it yet.");
            }

            await Task.Delay(RouteInterval, context.Time, cancellationToken);
        }
    }

    private async Task MakeAsync(string topic, QueueLayout.Part part, string address, string commands, CancellationToken cancellationToken)
    {
        var request = new RemotingRequest(RequestCode.UpdateAndCreateTopic)
            .Add("topic", topic)
            .Add("defaultTopic", "TBW102")
            .Add("readQueueNums", part.Queues)
            .Add("writeQueueNums", part.Queues)
            .Add("perm", 6)
            .Add("topicFilterType", "SINGLE_TAG")
            .Add("topicSysFlag", 0)
            .Add("order", false);
        await context.OrderAsync(address, request, $"Topic '{topic}' cannot be made on broker {part.Broker}", $"Have it made: {commands}", cancellationToken);
        context.Logger.LogTopicMade(topic, part.Queues, part.Broker);
    }

    private void Check(string topic, QueueLayout.Part part, TopicRoute? route)
    {
        if (Find(route, part) is not { } found)
        {
            return; // away
        }

        if (!found.Readable || !found.Writable)
        {
            throw new MessageLogException($"Topic '{topic}' on broker {part.Broker} can be {(found.Readable ? "read" : found.Writable ? "written" : "neither read nor written")} only. Give it back its permission: {context.Mqadmin($"updateTopicPerm -b {route!.Brokers.FirstOrDefault(broker => broker.Name == part.Broker)?.Master} -t {topic} -p 6")}");
        }

        if (found.ReadQueues != part.Queues || found.WriteQueues != part.Queues)
        {
            throw new MessageLogException($"Topic '{topic}' has {found.WriteQueues} queues to write and {found.ReadQueues} to read on broker {part.Broker}, but {part.Queues} are configured ({RocketMQOptions.SectionName}:{nameof(RocketMQOptions.QueuesPerBroker)}, the same in all processes). Set that to {found.WriteQueues}; another number moves keys to other queues and needs a drain first.");
        }
    }

    private string Command(string topic, QueueLayout.Part part, string address) => context.Mqadmin($"updateTopic -b {address} -t {topic} -r {part.Queues} -w {part.Queues}");

    private static TopicQueues? Find(TopicRoute? route, QueueLayout.Part part) => route?.Queues.FirstOrDefault(queues => queues.BrokerName == part.Broker);

    private static string Names(IEnumerable<QueueLayout.Part> parts) => Names(parts.Select(part => part.Broker));

    private static string Names(IEnumerable<string> brokers)
    {
        string[] names = [.. brokers];
        return names.Length switch { 0 => "no broker is", 1 => $"broker {names[0]} is", _ => $"brokers {string.Join(", ", names)} are" };
    }
}
