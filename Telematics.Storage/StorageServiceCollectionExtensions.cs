using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Contracts;
using Telematics.Contracts.Credentials;
using Telematics.Messaging;
using Telematics.Storage.Consumers;
using Telematics.Storage.Registry;
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
        services.TryAddSingleton(CreateSqlite);
        services.TryAddSingleton<ITelematicsDatabase>(provider => provider.GetRequiredService<SqliteDatabase>());
        services.TryAddSingleton<IDatabaseMigrator, SqliteMigrator>();
        services.TryAddSingleton<VehicleRegistry>();
        services.TryAddSingleton<ApiKeys>();
        services.TryAddSingleton<RejectedMessages>();
        services.TryAddSingleton<ITelemetryStore, SqliteTelemetryStore>();
        services.TryAddSingleton<CredentialVerifier>();
        services.TryAddSingleton<ICredentialVerifier>(provider => provider.GetRequiredService<CredentialVerifier>());
        services.TryAddSingleton<StorageMetrics>();
        services.TryAddSingleton(provider => new TransactionalConsumers(
            provider.GetRequiredService<ITelematicsDatabase>(),
            provider.GetRequiredService<IMessageLog>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IOptions<StorageOptions>>(),
            provider.GetRequiredService<StorageMetrics>(),
            provider.GetRequiredService<ILogger<TransactionalConsumer>>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, DatabaseStartup>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, CredentialVerifier>(provider => provider.GetRequiredService<CredentialVerifier>()));
        return services;
    }

    private static SqliteDatabase CreateSqlite(IServiceProvider provider)
    {
        var connectionString = provider.GetService<IConfiguration>()?.GetConnectionString(StorageOptions.ConnectionStringName);
        return string.IsNullOrEmpty(connectionString)
            ? new SqliteDatabase(provider.GetRequiredService<IOptions<StorageOptions>>())
            : throw new StartupException(
                $"ConnectionStrings:{StorageOptions.ConnectionStringName} is set, but this version writes to SQLite only. Remove it; Telematics:Storage:DataDirectory (--data) says where the file goes.");
    }
}
