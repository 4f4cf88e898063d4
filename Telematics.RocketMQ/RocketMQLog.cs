using Microsoft.Extensions.Logging;

namespace Telematics.RocketMQ;

internal static partial class RocketMQLog // 8650-8799; next free 8653
{
    [LoggerMessage(8650, LogLevel.Information, "Message log RocketMQ {NameServers} open: identity {Identity}, brokers {Brokers}. Stored means: {Durability}")]
    public static partial void LogOpened(this ILogger logger, string nameServers, string identity, string brokers, string durability);

    [LoggerMessage(8651, LogLevel.Warning, "Message log RocketMQ {NameServers} is not there yet: {Fault} Waiting for it")]
    public static partial void LogNotThere(this ILogger logger, string nameServers, string fault);

    [LoggerMessage(8652, LogLevel.Information, "Message log RocketMQ {NameServers} closed")]
    public static partial void LogClosed(this ILogger logger, string nameServers);
}
