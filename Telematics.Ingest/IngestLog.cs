using Microsoft.Extensions.Logging;

namespace Telematics.Ingest;

internal static partial class IngestLog // 2000-2999; next free 2004
{
    [LoggerMessage(2001, LogLevel.Information, "Ingest joined group {Group} on topic {Topic}")]
    public static partial void Joined(this ILogger logger, string group, string topic);

    [LoggerMessage(2002, LogLevel.Warning, "Ingest cannot join group {Group} on topic {Topic} and tries again: {Problem}")]
    public static partial void JoinFailed(this ILogger logger, string group, string topic, string problem);

    [LoggerMessage(2003, LogLevel.Warning, "Telemetry is being rejected: {Count} of the last batch of queue {Queue}, first for {Reason}: {Detail}")]
    public static partial void Rejecting(this ILogger logger, int count, string queue, string reason, string detail);
}
