using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ.Routing;

/// <summary>What is known of one topic's route.</summary>
internal sealed class RouteEntry(string topic)
{
    public string Topic => topic;

    /// <summary>The last route that a name server gave; null: never.</summary>
    public TopicRoute? Route { get; set; }

    /// <summary>When <see cref="Route"/> was given, as a time stamp of the clock.</summary>
    public long AnsweredAt { get; set; }

    /// <summary>The request under way, or the last one.</summary>
    public Task<TopicRoute?>? Asking { get; set; }

    /// <summary>When the last request began, as a time stamp of the clock.</summary>
    public long AskedAt { get; set; }

    /// <summary>Why the last request brought nothing; null when it did.</summary>
    public RemotingException? Fault { get; set; }
}
