using Telematics.Messaging;

namespace Telematics.Api.Live;

/// <summary>Log of the live view. 4500-4999; next free 4509.</summary>
internal static partial class LiveLog
{
    [LoggerMessage(4500, LogLevel.Information, "Live view: {Registered} vehicles from the database, {Online} of them online; following the log")]
    public static partial void SnapshotLoaded(this ILogger logger, int registered, int online);

    [LoggerMessage(4501, LogLevel.Information, "Live view has caught up with the log")]
    public static partial void CaughtUp(this ILogger logger);

    [LoggerMessage(4502, LogLevel.Warning, "Live view cannot load its state from the database; trying again")]
    public static partial void SnapshotFailed(this ILogger logger, Exception exception);

    [LoggerMessage(4503, LogLevel.Warning, "Live view cannot read {Queue}; trying again")]
    public static partial void ReadFailed(this ILogger logger, Exception exception, MessageQueue queue);

    [LoggerMessage(4504, LogLevel.Warning, "Live view: offsets {From} to {To} of {Queue} were removed by retention before they were read; states may be older than the cars reported until they report again")]
    public static partial void Trimmed(this ILogger logger, MessageQueue queue, long from, long to);

    [LoggerMessage(4505, LogLevel.Warning, "Live view loads its state from the database again: {Queue} at offset {Offset} is {Status}")]
    public static partial void Reloading(this ILogger logger, MessageQueue queue, long offset, ReadStatus status);

    [LoggerMessage(4506, LogLevel.Warning, "Live view: message {Offset} of {Queue} is no vehicle event ({Reason}); left out")]
    public static partial void EventUnreadable(this ILogger logger, MessageQueue queue, long offset, string reason);

    [LoggerMessage(4507, LogLevel.Warning, "Live view cannot read registry changes; trying again")]
    public static partial void RegistryUnavailable(this ILogger logger, Exception exception);

    [LoggerMessage(4508, LogLevel.Warning, "Live view waits: {Queue} ends below offset {Offset}, up to which the database has applied it")]
    public static partial void LogTooShort(this ILogger logger, MessageQueue queue, long offset);
}
