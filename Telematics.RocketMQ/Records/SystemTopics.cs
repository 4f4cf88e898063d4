using System.Buffers;

namespace Telematics.RocketMQ.Records;

/// <summary>
/// Topics that RocketMQ keeps for itself. A broker takes sends to some of them, and one into the timer's stops all its delayed
/// messages for good, so a client has to refuse them.
/// </summary>
internal static class SystemTopics
{
    /// <summary>The longest name of a topic.</summary>
    public const int MaxNameLength = 127;

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-%|");

    // TopicValidator of RocketMQ 5.5.
    private static readonly HashSet<string> Names = new(StringComparer.Ordinal)
    {
        "TBW102", "SCHEDULE_TOPIC_XXXX", "BenchmarkTest", "TRANS_CHECK_MAX_TIME_TOPIC", "SELF_TEST_TOPIC", "OFFSET_MOVED_EVENT", "CHECKPOINT_TOPIC",
    };

    /// <summary>Whether a topic is RocketMQ's own. The names of a cluster and of its brokers are, too: those only the route knows.</summary>
    public static bool Contains(string topic) => Names.Contains(topic) || topic.StartsWith("rmq_sys_", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a text can be the name of a topic.</summary>
    public static bool IsName(string topic) => topic.Length is >= 1 and <= MaxNameLength && !topic.AsSpan().ContainsAnyExcept(NameCharacters);
}
