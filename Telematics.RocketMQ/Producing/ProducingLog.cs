using Microsoft.Extensions.Logging;
using Telematics.Messaging;

namespace Telematics.RocketMQ.Producing;

internal static partial class ProducingLog // 8200-8399; next free 8205
{
    [LoggerMessage(8200, LogLevel.Warning, "RocketMQ queue {Queue}: {Messages} messages could not be sent after {Failures} attempts: {Fault}. They are sent again until it works; newer ones of this queue wait")]
    public static partial void LogNotSent(this ILogger logger, MessageQueue queue, int messages, int failures, string fault);

    [LoggerMessage(8201, LogLevel.Information, "RocketMQ queue {Queue}: sends again after {Failures} failed attempts")]
    public static partial void LogSendsAgain(this ILogger logger, MessageQueue queue, int failures);

    [LoggerMessage(8202, LogLevel.Error, "RocketMQ queue {Queue}: {Messages} messages were refused: {Fault}")]
    public static partial void LogRefused(this ILogger logger, MessageQueue queue, int messages, string fault);

    [LoggerMessage(8203, LogLevel.Warning, "RocketMQ queue {Queue} closes with {Messages} messages of which it is not known whether they are stored")]
    public static partial void LogClosedWithUnknown(this ILogger logger, MessageQueue queue, int messages);

    [LoggerMessage(8204, LogLevel.Warning, "RocketMQ queue {Queue}: {Messages} messages are stored on the master only, without the flush or the slave that the broker is set to wait for: {Fault}. They are not acknowledged and are sent again after 1 s and then every few seconds, a copy each time, which readers leave out; newer ones of this queue wait")]
    public static partial void LogStoredOnMasterOnly(this ILogger logger, MessageQueue queue, int messages, string fault);
}
