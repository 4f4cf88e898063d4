namespace Telematics.Api;

/// <summary>Log of the API: what failed, streams and exports. Changes are logged with their actor by the registry and by the commands' operations. 4000-4499; next free 4009.</summary>
internal static partial class ApiLog
{
    [LoggerMessage(4000, LogLevel.Error, "{Method} {Path} failed (trace {TraceId})")]
    public static partial void RequestFailed(this ILogger logger, Exception exception, string method, string path, string traceId);

    [LoggerMessage(4001, LogLevel.Warning, "{Method} {Path}: the database does not answer (trace {TraceId})")]
    public static partial void DatabaseUnavailable(this ILogger logger, Exception exception, string method, string path, string traceId);

    [LoggerMessage(4002, LogLevel.Information, "A live stream of {Actor} ends: its API key was revoked")]
    public static partial void StreamEndedByRevocation(this ILogger logger, string actor);

    [LoggerMessage(4003, LogLevel.Warning, "A live stream was refused: all {Limit} are in use (Telematics:Api:MaxLiveStreams)")]
    public static partial void StreamsInUse(this ILogger logger, int limit);

    [LoggerMessage(4004, LogLevel.Warning, "API keys cannot be read: open live streams go on unchecked")]
    public static partial void KeysUnreadable(this ILogger logger, Exception exception);

    [LoggerMessage(4005, LogLevel.Warning, "An export was refused: all {Limit} are in use (Telematics:Api:MaxExports)")]
    public static partial void ExportsInUse(this ILogger logger, int limit);

    [LoggerMessage(4006, LogLevel.Error, "An export failed after {Rows} rows; its connection was cut (trace {TraceId})")]
    public static partial void ExportFailed(this ILogger logger, Exception exception, long rows, string traceId);

    [LoggerMessage(4007, LogLevel.Information, "An export of {Actor} ends: its API key was revoked")]
    public static partial void ExportEndedByRevocation(this ILogger logger, string actor);

    [LoggerMessage(4008, LogLevel.Information, "An export ends: its vehicle {VehicleId} was deleted")]
    public static partial void ExportEndedByDeletion(this ILogger logger, string vehicleId);
}
