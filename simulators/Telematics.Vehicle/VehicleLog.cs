namespace Telematics.Vehicle;

/// <summary>Log of the onboard client. 8500-8999; next free 8512.</summary>
internal static partial class VehicleLog
{
    [LoggerMessage(8500, LogLevel.Information, "Vehicle {VehicleId}: counter {Boot} at {Seq}, {Waiting} samples waiting")]
    public static partial void Started(this ILogger logger, string vehicleId, long boot, long seq, long waiting);

    [LoggerMessage(8501, LogLevel.Information, "Connected to {Host}:{Port}; {Unacknowledged} messages to send again, {Waiting} samples waiting")]
    public static partial void Connected(this ILogger logger, string host, int port, int unacknowledged, long waiting);

    [LoggerMessage(8502, LogLevel.Warning, "Not connected to {Host}:{Port} ({Reason}); again in {Delay}")]
    public static partial void NotConnected(this ILogger logger, string host, int port, string reason, TimeSpan delay);

    [LoggerMessage(8503, LogLevel.Warning, "The gateway refused message {Id} with reason code 0x{ReasonCode:X2} {Reason}; it is kept and sent again after reconnecting")]
    public static partial void Refused(this ILogger logger, long id, int reasonCode, string? reason);

    [LoggerMessage(8504, LogLevel.Information, "Command {CommandId} {Type}: {Answer}")]
    public static partial void CommandAnswered(this ILogger logger, Guid commandId, string type, string answer);

    [LoggerMessage(8505, LogLevel.Information, "Command {CommandId} came again; answered again, not carried out again")]
    public static partial void CommandRepeated(this ILogger logger, Guid commandId);

    [LoggerMessage(8506, LogLevel.Warning, "A message on {Topic} is no command ({Reason}); left out")]
    public static partial void CommandUnreadable(this ILogger logger, string topic, string reason);

    [LoggerMessage(8507, LogLevel.Error, "{Path} is damaged; moved to {Aside}. What waited in it was not forwarded, and the counter begins anew")]
    public static partial void DatabaseDamaged(this ILogger logger, string path, string aside);

    [LoggerMessage(8508, LogLevel.Warning, "{Count} samples, the oldest, were given up: more than {Limit} waited")]
    public static partial void SamplesGivenUp(this ILogger logger, long count, long limit);

    [LoggerMessage(8509, LogLevel.Warning, "Row {Row} of the track is left out: {Reason}")]
    public static partial void RowRefused(this ILogger logger, int row, string reason);

    [LoggerMessage(8510, LogLevel.Information, "The track has ended and everything was forwarded: {Samples} samples, {Messages} messages")]
    public static partial void TrackForwarded(this ILogger logger, long samples, long messages);

    [LoggerMessage(8511, LogLevel.Critical, "The onboard client ends: a fault. What was stored is forwarded after the next start")]
    public static partial void Faulted(this ILogger logger, Exception exception);
}
