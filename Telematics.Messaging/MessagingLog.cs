using Microsoft.Extensions.Logging;

namespace Telematics.Messaging;

internal static partial class MessagingLog // 6000-6999; next free 6013
{
    [LoggerMessage(6000, LogLevel.Information, "Message log {Directory} open: identity {Identity}, {Topics} topics, {Segments} segments with {Bytes} B. Stored means: {Durability}")]
    public static partial void LogOpened(this ILogger logger, string directory, string identity, int topics, int segments, long bytes, string durability);

    [LoggerMessage(6001, LogLevel.Information, "Message log {Directory} closed")]
    public static partial void LogClosed(this ILogger logger, string directory);

    [LoggerMessage(6002, LogLevel.Error, "Message log cannot write to {Path}: {Fault}. {Messages} messages wait for their outcome; trying again until it works")]
    public static partial void WriteFailed(this ILogger logger, string path, string fault, int messages);

    [LoggerMessage(6003, LogLevel.Information, "Message log writes again after {Failures} failures")]
    public static partial void WritesAgain(this ILogger logger, int failures);

    [LoggerMessage(6004, LogLevel.Warning, "Message log closes with {Messages} messages of which it is not known whether they are stored")]
    public static partial void ClosedWithUnknown(this ILogger logger, int messages);

    [LoggerMessage(6005, LogLevel.Error, "An append sink threw; its outcomes are lost")]
    public static partial void SinkFailed(this ILogger logger, Exception fault);

    [LoggerMessage(6006, LogLevel.Error, "Segment {Path} is damaged: {Fault}. What can be read of it stays readable; writing goes on in a new segment")]
    public static partial void SegmentDamaged(this ILogger logger, string path, string fault);

    [LoggerMessage(6007, LogLevel.Error, "Queue {Queue}: offsets {First} to {Last} cannot be read any more (damaged on disk) and are skipped: up to {Messages} messages lost. {Fault}")]
    public static partial void MessagesDamaged(this ILogger logger, string queue, long first, long last, long messages, string fault);

    [LoggerMessage(6008, LogLevel.Information, "Retention removed segment {Path} with {Messages} messages, the last stored {LastStored}")]
    public static partial void SegmentRemoved(this ILogger logger, string path, long messages, DateTimeOffset lastStored);

    [LoggerMessage(6009, LogLevel.Error, "Message log upkeep (retention, checkpoints) failed and is tried again: {Fault}")]
    public static partial void UpkeepFailed(this ILogger logger, string fault);

    [LoggerMessage(6010, LogLevel.Warning, "Queue {Queue}: its end was raised from {From} to {To}")]
    public static partial void EndRaised(this ILogger logger, string queue, long from, long to);

    [LoggerMessage(6011, LogLevel.Error, "Consumer group {Group} of topic {Topic}: a member failed when a queue was taken from or given to it")]
    public static partial void AssignmentFailed(this ILogger logger, string group, string topic, Exception fault);

    [LoggerMessage(6012, LogLevel.Warning, "Queue {Queue}: between offsets {First} and {Last} nothing is stored: its end was raised there, or the newest messages before it were lost with the machine's power")]
    public static partial void GapFound(this ILogger logger, string queue, long first, long last);
}
