using Microsoft.Extensions.Logging;
using Telematics.Storage.Model;

namespace Telematics.Storage;

internal static partial class StorageLog // 5000-5999; next free 5010
{
    [LoggerMessage(5001, LogLevel.Information, "Database: {Location}, schema {Schema}, {Applied} migrations applied")]
    public static partial void DatabaseReady(this ILogger logger, string location, string schema, int applied);

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

    [LoggerMessage(5007, LogLevel.Information, "{Count} vehicles registered at their first telemetry")]
    public static partial void VehiclesRegistered(this ILogger logger, int count);

    [LoggerMessage(5008, LogLevel.Information, "API key {Name} created with role {Role}")]
    public static partial void ApiKeyCreated(this ILogger logger, string name, ApiRole role);

    [LoggerMessage(5009, LogLevel.Information, "API key {Name} revoked")]
    public static partial void ApiKeyRevoked(this ILogger logger, string name);
}
