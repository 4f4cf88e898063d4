using Microsoft.Extensions.Logging;

namespace Telematics.RocketMQ.Reading;

internal static partial class ReadingLog // 8400-8499; next free 8405
{
    [LoggerMessage(8400, LogLevel.Warning, "RocketMQ: queue {Queue} cannot be read at offset {Offset}: {Fault}. Trying again")]
    public static partial void LogPullFailed(this ILogger logger, string queue, long offset, string fault);

    [LoggerMessage(8401, LogLevel.Information, "RocketMQ: queue {Queue} is read again, from offset {Offset}")]
    public static partial void LogPullsAgain(this ILogger logger, string queue, long offset);

    [LoggerMessage(8402, LogLevel.Error, "RocketMQ: the message at offset {Offset} of queue {Queue} cannot be decoded and is skipped: {Fault}. It stays in the broker; further ones of this reader are only counted")]
    public static partial void LogUndecodable(this ILogger logger, string queue, long offset, string fault);

    [LoggerMessage(8403, LogLevel.Information, "RocketMQ: queue {Queue} is read from the broker's instance {BrokerId} at {Address}")]
    public static partial void LogReadsFrom(this ILogger logger, string queue, long brokerId, string address);

    [LoggerMessage(8404, LogLevel.Error, "RocketMQ: queue {Queue} at {Address} is another one than was read before: the message that was at offset {Offset} is not there. The broker was wiped or exchanged, or lost messages")]
    public static partial void LogOtherStore(this ILogger logger, string queue, string address, long offset);
}
