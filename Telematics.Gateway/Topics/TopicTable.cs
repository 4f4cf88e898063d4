using Telematics.Contracts;
using Telematics.Messaging;

namespace Telematics.Gateway.Topics;

/// <summary>The declared first levels. Few, so a scan by length and bytes beats a hash of each publish's topic.</summary>
internal sealed class TopicTable
{
    private static readonly string[] InternalTopics = [TopicNames.VehicleEvent, TopicNames.CommandReceipt];

    private readonly TopicRoute[] _routes;
    private readonly byte[][] _internal = [.. InternalTopics.Select(System.Text.Encoding.UTF8.GetBytes)];

    public TopicTable(GatewayOptions options, IMessageLog log)
    {
        var routes = new List<TopicRoute>();
        foreach (var (name, kind) in options.Topics)
        {
            var producer = kind == TopicKind.Downlink ? null : log.GetProducer(name);
            routes.Add(new TopicRoute(name, kind, name is TopicNames.Telemetry or TopicNames.CommandResult, isCatchAll: false, producer));
        }

        if (options.UndeclaredTopics == UndeclaredTopics.Exchange)
        {
            CatchAll = new TopicRoute(options.CatchAllTopic, TopicKind.Exchange, isVehicleTopic: false, isCatchAll: true, log.GetProducer(options.CatchAllTopic));
        }

        _routes = [.. routes];
        Command = _routes.FirstOrDefault(route => route.Name == TopicNames.Command);
    }

    /// <summary>All declared topics, without the catch-all.</summary>
    public IReadOnlyList<TopicRoute> Routes => _routes;

    /// <summary>The catch-all, if there is one.</summary>
    public TopicRoute? CatchAll { get; }

    /// <summary>The route of commands.</summary>
    public TopicRoute? Command { get; }

    /// <summary>Names of all topics of the log that the gateway uses.</summary>
    public static IEnumerable<string> NamesFor(GatewayOptions options)
    {
        var names = options.Topics.Keys.Concat(InternalTopics).Append(TopicNames.Command);
        return (options.UndeclaredTopics == UndeclaredTopics.Exchange ? names.Append(options.CatchAllTopic) : names).Distinct();
    }

    /// <summary>The first level of a topic name or filter.</summary>
    public static ReadOnlySpan<byte> FirstLevel(ReadOnlySpan<byte> topic)
    {
        var slash = topic.IndexOf((byte)'/');
        return slash < 0 ? topic : topic[..slash];
    }

    /// <summary>Finds a declared first level, or the catch-all for an undeclared one that is not the system's own.</summary>
    public TopicRoute? Find(ReadOnlySpan<byte> firstLevel)
    {
        foreach (var route in _routes)
        {
            if (firstLevel.SequenceEqual(route.Utf8Name))
            {
                return route;
            }
        }

        // The log's own name of the catch-all is no MQTT topic: it would be one message under two names.
        return CatchAll is null || IsInternal(firstLevel) || firstLevel.StartsWith("$"u8) ? null : CatchAll;
    }

    /// <summary>Whether a first level is one of the system's internal topics.</summary>
    public bool IsInternal(ReadOnlySpan<byte> firstLevel)
    {
        foreach (var name in _internal)
        {
            if (firstLevel.SequenceEqual(name))
            {
                return true;
            }
        }

        return CatchAll is not null && firstLevel.SequenceEqual(CatchAll.Utf8Name);
    }
}
