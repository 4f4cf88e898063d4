using Microsoft.Extensions.Logging;

namespace Telematics.RocketMQ.Routing;

internal static partial class RoutingLog // 8100-8199; next free 8104
{
    [LoggerMessage(8100, LogLevel.Warning, "RocketMQ: name server {Address} does not answer ({Fault}); asking the next one")]
    public static partial void LogNameServerAway(this ILogger logger, string address, string fault);

    [LoggerMessage(8101, LogLevel.Warning, "RocketMQ: the routes cannot be refreshed and stay as they were: {Fault}")]
    public static partial void LogRoutesNotRefreshed(this ILogger logger, string fault);

    [LoggerMessage(8102, LogLevel.Information, "RocketMQ: topic {Topic} is at {Route}")]
    public static partial void LogRouteChanged(this ILogger logger, string topic, string route);

    [LoggerMessage(8103, LogLevel.Information, "RocketMQ: the routes are refreshed again")]
    public static partial void LogRoutesRefreshedAgain(this ILogger logger);
}
