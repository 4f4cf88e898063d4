using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Contracts.Credentials;
using Telematics.Messaging;
using Telematics.Storage.Consumers;
using Telematics.Storage.Erasures;
using Telematics.Storage.Maintenance;
using Telematics.Storage.Postgres;
using Telematics.Storage.Registry;
using Telematics.Storage.Retention;
using Telematics.Storage.Rollups;
using Telematics.Storage.Sqlite;

namespace Telematics.Storage;

/// <summary>Registers the database.</summary>
public static class StorageServiceCollectionExtensions
{
    /// <summary>
    /// The database and everything that knows SQL. Register it before the roles and beside the message log, so that the
    /// schema is there and belongs to the log before a role starts.
    /// </summary>
    public static IServiceCollection AddTelematicsStorage(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptionsWithValidateOnStart<StorageOptions, StorageOptionsValidator>()
            .BindConfiguration(StorageOptions.SectionName);
        services.TryAddSingleton(TimeProvider.System);
        services.AddDatabaseEngine();
        services.AddRetention();
        services.TryAddSingleton<VehicleRegistry>();
        services.TryAddSingleton<VehicleErasures>();
        services.TryAddSingleton<ApiKeys>();
        services.TryAddSingleton<RejectedMessages>();
        services.TryAddSingleton<StorageMetrics>();
        services.TryAddSingleton<RollupMetrics>();
        services.TryAddSingleton(provider => new LateTelemetry(provider.GetRequiredService<IRollupStore>()));
        services.TryAddSingleton(provider => new TelemetryRollups(
            provider.GetRequiredService<ITelematicsDatabase>(),
            provider.GetRequiredService<IRollupStore>(),
            provider.GetRequiredService<RollupMetrics>(),
            provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<IRawHorizon>(provider => provider.GetRequiredService<TelemetryRollups>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IMaintenanceTask, RollupTask>());
        services.TryAddSingleton(provider => new TransactionalConsumers(
            provider.GetRequiredService<ITelematicsDatabase>(),
            provider.GetRequiredService<IMessageLog>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IOptions<StorageOptions>>(),
            provider.GetRequiredService<StorageMetrics>(),
            provider.GetRequiredService<ILogger<TransactionalConsumer>>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IMaintenanceTask, ErasureTask>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, DatabaseStartup>());
        return services;
    }

    /// <summary>Answers log-ins from the database, for a gateway in this process; beside <see cref="AddTelematicsStorage"/>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="isAllThereIs">Whether nothing else of this process uses the database: then one connection does.</param>
    public static IServiceCollection AddCredentialVerifier(this IServiceCollection services, bool isAllThereIs = false)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (isAllThereIs)
        {
            services.Configure<StorageOptions>(options => options.IsForLogInsOnly = true);
        }

        services.TryAddSingleton<CredentialVerifier>();
        services.TryAddSingleton<ICredentialVerifier>(provider => provider.GetRequiredService<CredentialVerifier>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, CredentialVerifier>(provider => provider.GetRequiredService<CredentialVerifier>()));
        return services;
    }

    /// <summary>SQLite or PostgreSQL: the one place that chooses.</summary>
    private static void AddDatabaseEngine(this IServiceCollection services)
    {
        services.TryAddSingleton<SqliteDatabase>();
        services.TryAddSingleton<SqliteMigrator>();
        services.TryAddSingleton<SqliteTelemetryStore>();
        services.TryAddSingleton(provider => new PostgresDatabase(provider.GetConnectionString()!, provider.GetRequiredService<IOptions<StorageOptions>>()));
        services.TryAddSingleton<PostgresMigrator>();
        services.TryAddSingleton<PostgresTelemetryStore>();
        services.TryAddSingleton<IRollupStore>(provider => provider.UsesPostgres() ? new PostgresRollupStore() : new SqliteRollupStore());
        services.TryAddSingleton<ITelematicsDatabase>(provider => provider.UsesPostgres() ? provider.GetRequiredService<PostgresDatabase>() : provider.GetRequiredService<SqliteDatabase>());
        services.TryAddSingleton<IDatabaseMigrator>(provider => provider.UsesPostgres() ? provider.GetRequiredService<PostgresMigrator>() : provider.GetRequiredService<SqliteMigrator>());
        services.TryAddSingleton<SqliteTimeDivision>();
        services.TryAddSingleton<DeclarativePartitions>();
        services.TryAddSingleton<TimescaleChunks>();
        services.TryAddSingleton<PostgresTimeDivision>();
        services.TryAddSingleton<ITimeDivision>(provider => provider.UsesPostgres() ? provider.GetRequiredService<PostgresTimeDivision>() : provider.GetRequiredService<SqliteTimeDivision>());
        services.TryAddSingleton<SqliteMaintenanceLock>();
        services.TryAddSingleton<PostgresMaintenanceLock>();
        services.TryAddSingleton<IMaintenanceLock>(provider => provider.UsesPostgres() ? provider.GetRequiredService<PostgresMaintenanceLock>() : provider.GetRequiredService<SqliteMaintenanceLock>());
        services.TryAddSingleton<ITelemetryStore>(provider => provider.UsesPostgres() ? provider.GetRequiredService<PostgresTelemetryStore>() : provider.GetRequiredService<SqliteTelemetryStore>());
    }

    private static bool UsesPostgres(this IServiceProvider provider) => provider.GetConnectionString() is not null;

    private static string? GetConnectionString(this IServiceProvider provider) =>
        provider.GetService<IConfiguration>()?.GetConnectionString(StorageOptions.ConnectionStringName) is { Length: > 0 } connectionString ? connectionString : null;
}
