using Microsoft.Extensions.Logging;

namespace Telematics.RocketMQ.Groups;

internal static partial class GroupLog // 8500-8599; next free 8516
{
    [LoggerMessage(8500, LogLevel.Information, "RocketMQ: joined group {Group} of topic {Topic} as {ClientId}")]
    public static partial void LogJoined(this ILogger logger, string group, string topic, string clientId);

    [LoggerMessage(8501, LogLevel.Information, "RocketMQ: left group {Group} as {ClientId}")]
    public static partial void LogLeft(this ILogger logger, string group, string clientId);

    [LoggerMessage(8502, LogLevel.Information, "RocketMQ: group {Group} of topic {Topic} has {Members} members; {Queues} of {AllQueues} queues are ours: {Names}")]
    public static partial void LogDivided(this ILogger logger, string group, string topic, int members, int queues, int allQueues, string names);

    [LoggerMessage(8503, LogLevel.Warning, "RocketMQ: group {Group}: {Address} does not take the heartbeat: {Fault}. Trying again")]
    public static partial void LogHeartbeatFailed(this ILogger logger, string group, string address, string fault);

    [LoggerMessage(8504, LogLevel.Information, "RocketMQ: group {Group}: {Address} takes heartbeats again")]
    public static partial void LogHeartbeatAgain(this ILogger logger, string group, string address);

    [LoggerMessage(8505, LogLevel.Warning, "RocketMQ: group {Group}: no broker tells the members ({Fault}); the division stays as it is")]
    public static partial void LogMembersUnknown(this ILogger logger, string group, string fault);

    [LoggerMessage(8506, LogLevel.Error, "RocketMQ: group {Group}: a member failed when queue {Queue} was taken from or given to it")]
    public static partial void LogListenerFailed(this ILogger logger, string group, string queue, Exception fault);

    [LoggerMessage(8507, LogLevel.Warning, "RocketMQ: group {Group}: the progress on queue {Queue} could not be reported: {Fault}. Only RocketMQ's own tools miss it")]
    public static partial void LogProgressNotReported(this ILogger logger, string group, string queue, string fault);

    [LoggerMessage(8508, LogLevel.Error, "RocketMQ: group {Group}: the division failed and is tried again")]
    public static partial void LogDivisionFailed(this ILogger logger, string group, Exception fault);

    [LoggerMessage(8509, LogLevel.Warning, "RocketMQ: group {Group}: queue {Queue} cannot be consumed: {Fault}. Trying again")]
    public static partial void LogConsumeFailed(this ILogger logger, string group, string queue, string fault);

    [LoggerMessage(8510, LogLevel.Warning, "RocketMQ: group {Group}: offset {From} of queue {Queue} is {Status}; going on at {To}")]
    public static partial void LogOffsetMoved(this ILogger logger, string group, string queue, long from, long to, string status);

    [LoggerMessage(8511, LogLevel.Error, "RocketMQ: group {Group}: the handler failed on the message at offset {Offset} of queue {Queue}, which comes again later")]
    public static partial void LogHandlerFailed(this ILogger logger, string group, string queue, long offset, Exception fault);

    [LoggerMessage(8512, LogLevel.Warning, "RocketMQ: group {Group}: the message at offset {Offset} of queue {Queue} could not be put off: {Fault}. It is handled again here")]
    public static partial void LogSendBackFailed(this ILogger logger, string group, string queue, long offset, string fault);

    [LoggerMessage(8513, LogLevel.Error, "RocketMQ: group {Group}: heartbeats failed and are tried again")]
    public static partial void LogHeartbeatsFailed(this ILogger logger, string group, Exception fault);

    [LoggerMessage(8514, LogLevel.Warning, "RocketMQ: group {Group}: the brokers take heartbeats but do not list {ClientId}; the division stays as it is. Does the group exist there?")]
    public static partial void LogUnlisted(this ILogger logger, string group, string clientId);

    [LoggerMessage(8515, LogLevel.Error, "RocketMQ: group {Group}: queue {Queue} cannot be consumed. Trying again")]
    public static partial void LogConsumeFault(this ILogger logger, string group, string queue, Exception fault);
}
