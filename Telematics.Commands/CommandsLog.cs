using Microsoft.Extensions.Logging;
using Telematics.Contracts.Telemetry;

namespace Telematics.Commands;

/// <summary>What the Commands role logs: 3000-3999; next free 3012.</summary>
internal static partial class CommandsLog
{
    [LoggerMessage(3000, LogLevel.Warning, "{Failed} of {Count} orders to cars were not stored in the message log; their delivery timeout brings them again")]
    public static partial void AppendsFailed(this ILogger logger, int failed, int count);

    [LoggerMessage(3001, LogLevel.Warning, "The broadcast {CommandId} was not stored in the message log; its delivery timeout brings it again")]
    public static partial void BroadcastNotStored(this ILogger logger, Guid commandId);

    [LoggerMessage(3002, LogLevel.Warning, "{Failed} withdrawals of command {CommandId} were not stored in the message log; they are tried again")]
    public static partial void WithdrawNotStored(this ILogger logger, Guid commandId, int failed);

    [LoggerMessage(3003, LogLevel.Warning, "Queue {Queue}: the message at offset {Offset} cannot be read and was put into telemetry_rejected: {Error}")]
    public static partial void MessageUndecodable(this ILogger logger, string queue, long offset, string error);

    [LoggerMessage(3004, LogLevel.Warning, "Gateway instance {Instance} has been silent for {SilenceSeconds} s and was ended; its cars are offline until they connect or are announced again")]
    public static partial void InstanceSilent(this ILogger logger, string instance, int silenceSeconds);

    [LoggerMessage(3005, LogLevel.Error, "{Loop} cannot work now and tries again: {Error}")]
    public static partial void LoopWaits(this ILogger logger, string loop, string error);

    [LoggerMessage(3006, LogLevel.Information, "{Loop} works again")]
    public static partial void LoopWorksAgain(this ILogger logger, string loop);

    [LoggerMessage(3007, LogLevel.Information, "Command {CommandId} ({Type}) ordered by {Actor} for {Targets}")]
    public static partial void CommandCreated(this ILogger logger, Guid commandId, string type, string actor, string targets);

    [LoggerMessage(3008, LogLevel.Information, "Command {CommandId} canceled by {Actor}")]
    public static partial void CommandCanceled(this ILogger logger, Guid commandId, string actor);

    [LoggerMessage(3009, LogLevel.Information, "{Count} open channels ordered closed after changes of the registry, the newest of them number {Number}")]
    public static partial void ChannelsOrderedClosed(this ILogger logger, int count, long number);

    [LoggerMessage(3010, LogLevel.Warning, "The end of gateway instance {Instance} was not stored in the message log; its silence is counted anew")]
    public static partial void InstanceEndNotStored(this ILogger logger, string instance);

    [LoggerMessage(3011, LogLevel.Information, "Queue {Queue}: the result at offset {Offset} was put into telemetry_rejected ({Reason}): {Detail}")]
    public static partial void ResultRejected(this ILogger logger, string queue, long offset, RejectReason reason, string detail);
}
