using Microsoft.Extensions.Logging;

namespace Telematics.RocketMQ.Administration;

internal static partial class AdministrationLog // 8600-8649; next free 8604
{
    [LoggerMessage(8600, LogLevel.Information, "RocketMQ: topic {Topic} made with {Queues} queues on broker {Broker}")]
    public static partial void LogTopicMade(this ILogger logger, string topic, int queues, string broker);

    [LoggerMessage(8601, LogLevel.Information, "RocketMQ: consumer group {Group} made on broker {Broker}")]
    public static partial void LogGroupMade(this ILogger logger, string group, string broker);

    [LoggerMessage(8602, LogLevel.Warning, "RocketMQ: broker {Broker} is not registered with the name servers; what has its queue of topic {Topic} there waits until it is")]
    public static partial void LogBrokerAway(this ILogger logger, string topic, string broker);

    [LoggerMessage(8603, LogLevel.Warning, "RocketMQ: topic {Topic} is also on broker {Broker}, which is not configured: its queues are neither written nor read")]
    public static partial void LogBrokerUnused(this ILogger logger, string topic, string broker);
}
