using Microsoft.Extensions.Logging;
using Telematics.Messaging;
using Telematics.Storage.Model;

namespace Telematics.Storage;

internal static partial class StorageLog // 5000-5999; next free 5027
{
    [LoggerMessage(5001, LogLevel.Information, "Database: {Location}; {Engine}; schema {Schema}, {Applied} migrations applied")]
    public static partial void DatabaseReady(this ILogger logger, string location, string engine, string schema, int applied);

    [LoggerMessage(5002, LogLevel.Information, "Database belongs to message log {Identity} from now on")]
    public static partial void LogIdentityTaken(this ILogger logger, string identity);

    [LoggerMessage(5003, LogLevel.Information, "Vehicle {VehicleId} put by {Actor} (new: {IsNew})")]
    public static partial void VehiclePut(this ILogger logger, string vehicleId, bool isNew, string actor);

    [LoggerMessage(5004, LogLevel.Information, "Vehicle {VehicleId} deleted by {Actor}")]
    public static partial void VehicleDeleted(this ILogger logger, string vehicleId, string actor);

    [LoggerMessage(5005, LogLevel.Information, "Credential of vehicle {VehicleId} issued by {Actor} (replaced one: {HasReplaced})")]
    public static partial void CredentialIssued(this ILogger logger, string vehicleId, bool hasReplaced, string actor);

    [LoggerMessage(5006, LogLevel.Information, "Credential of vehicle {VehicleId} revoked by {Actor}")]
    public static partial void CredentialRevoked(this ILogger logger, string vehicleId, string actor);

    [LoggerMessage(5007, LogLevel.Debug, "{Count} vehicles registered at their first telemetry")]
    public static partial void VehiclesRegistered(this ILogger logger, int count);

    [LoggerMessage(5008, LogLevel.Information, "API key {Name} created with role {Role}")]
    public static partial void ApiKeyCreated(this ILogger logger, string name, ApiRole role);

    [LoggerMessage(5009, LogLevel.Information, "API key {Name} revoked")]
    public static partial void ApiKeyRevoked(this ILogger logger, string name);

    [LoggerMessage(5010, LogLevel.Warning, "Queue {Queue} ended at offset {EndOffset}, below {NextOffset} up to which group {Group} has applied it: the log lost its tail and goes on above")]
    public static partial void LogTailLost(this ILogger logger, MessageQueue queue, long endOffset, long nextOffset, string group);

    [LoggerMessage(5011, LogLevel.Warning, "Queue {Queue}: offsets {From} to {To} (exclusive) were removed by retention before group {Group} read them")]
    public static partial void OffsetsTrimmed(this ILogger logger, MessageQueue queue, long from, long to, string group);

    [LoggerMessage(5012, LogLevel.Warning, "Group {Group} waits at queue {Queue}: {Problem}")]
    public static partial void ConsumerStalled(this ILogger logger, string group, MessageQueue queue, string problem, Exception exception);

    [LoggerMessage(5013, LogLevel.Information, "Group {Group} goes on at queue {Queue} after {Seconds} s")]
    public static partial void ConsumerResumed(this ILogger logger, string group, MessageQueue queue, double seconds);

    [LoggerMessage(5014, LogLevel.Information, "Group {Group}: another owner has moved the offset of queue {Queue}; its position is read again")]
    public static partial void PositionLost(this ILogger logger, string group, MessageQueue queue);

    [LoggerMessage(5015, LogLevel.Warning, "Group {Group}: a batch of {Count} messages of queue {Queue} was refused and is taken in smaller parts: {Problem}")]
    public static partial void BatchRefused(this ILogger logger, string group, MessageQueue queue, int count, string problem, Exception exception);

    [LoggerMessage(5016, LogLevel.Error, "Group {Group}: message {Offset} of queue {Queue} cannot be applied and was put into telemetry_rejected: {Problem}")]
    public static partial void MessageRefused(this ILogger logger, string group, MessageQueue queue, long offset, string problem);

    [LoggerMessage(5017, LogLevel.Debug, "Group {Group} consumes queue {Queue} from offset {Offset} on")]
    public static partial void QueueTaken(this ILogger logger, string group, MessageQueue queue, long offset);

    [LoggerMessage(5018, LogLevel.Debug, "Group {Group} gave queue {Queue} back at offset {Offset}")]
    public static partial void QueueGivenBack(this ILogger logger, string group, MessageQueue queue, long offset);

    [LoggerMessage(5019, LogLevel.Warning, "Credentials cannot be read; log-ins are answered with 'server unavailable'")]
    public static partial void CredentialsUnavailable(this ILogger logger, Exception exception);

    [LoggerMessage(5020, LogLevel.Information, "Credentials can be read again")]
    public static partial void CredentialsAvailable(this ILogger logger);

    [LoggerMessage(5021, LogLevel.Warning, "TimescaleDB is installed on the server but cannot be used ({Problem}): telemetry is partitioned by time instead. To change that, create the extension before the first start on an empty database")]
    public static partial void TimescaleRefused(this ILogger logger, string problem);

    [LoggerMessage(5022, LogLevel.Warning, "{Location} does not answer; waiting for up to {Seconds} s: {Problem}")]
    public static partial void WaitingForDatabase(this ILogger logger, string location, double seconds, string problem);

    [LoggerMessage(5023, LogLevel.Information, "Erasure {ErasureId} of vehicle {VehicleId} asked for by {Actor}")]
    public static partial void ErasureRequested(this ILogger logger, Guid erasureId, string vehicleId, string actor);

    [LoggerMessage(5024, LogLevel.Information, "Erasure {ErasureId} of vehicle {VehicleId} completed: {TelemetryRows} rows of telemetry, {RollupRows} of rollups, {CommandRows} of commands, {RejectedRows} of rejected messages")]
    public static partial void ErasureCompleted(this ILogger logger, Guid erasureId, string vehicleId, long telemetryRows, long rollupRows, long commandRows, long rejectedRows);

    [LoggerMessage(5025, LogLevel.Error, "Erasure {ErasureId} of vehicle {VehicleId} failed, {Failures} times by now; it goes on after {Pause}, the others meanwhile")]
    public static partial void ErasureFailed(this ILogger logger, Exception exception, Guid erasureId, string vehicleId, int failures, TimeSpan pause);

    [LoggerMessage(5026, LogLevel.Warning, "Group {Group}: a batch of {Count} messages of queue {Queue} took the database longer than a statement may; the next one has {Limit}")]
    public static partial void BatchTooSlow(this ILogger logger, string group, MessageQueue queue, int count, int limit);
}
