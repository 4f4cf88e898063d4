using Microsoft.Extensions.Logging;

namespace Telematics.RocketMQ.Remoting;

internal static partial class RemotingLog // 8000-8099; next free 8006
{
    [LoggerMessage(8000, LogLevel.Information, "RocketMQ: connected to {Address}")]
    public static partial void LogConnected(this ILogger logger, string address);

    [LoggerMessage(8001, LogLevel.Warning, "RocketMQ: no connection to {Address}: {Fault}. It is tried again when something has to be sent there")]
    public static partial void LogConnectFailed(this ILogger logger, string address, string fault);

    [LoggerMessage(8002, LogLevel.Warning, "RocketMQ: the connection to {Address} was lost: {Fault}")]
    public static partial void LogConnectionLost(this ILogger logger, string address, string fault);

    [LoggerMessage(8003, LogLevel.Debug, "RocketMQ: {Address} answered request {Opaque} with code {Code}, but nobody waits for it (any more)")]
    public static partial void LogUnexpectedAnswer(this ILogger logger, string address, int opaque, int code);

    [LoggerMessage(8004, LogLevel.Error, "RocketMQ: a request {Code} of {Address} could not be handled")]
    public static partial void LogHandlerFailed(this ILogger logger, string address, RequestCode code, Exception fault);

    [LoggerMessage(8005, LogLevel.Error, "RocketMQ: who listens to connections of {Address} failed")]
    public static partial void LogListenerFailed(this ILogger logger, string address, Exception fault);
}
