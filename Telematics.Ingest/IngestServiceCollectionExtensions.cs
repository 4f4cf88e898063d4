using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Telematics.Ingest;

/// <summary>Registers Ingest.</summary>
public static class IngestServiceCollectionExtensions
{
    /// <summary>Ingest, beside a message log and the database. <see cref="IngestStatus"/> shows how it goes.</summary>
    public static IServiceCollection AddTelematicsIngest(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptionsWithValidateOnStart<IngestOptions, IngestOptionsValidator>().BindConfiguration(IngestOptions.SectionName);
        services.AddOptions<VehiclesOptions>().BindConfiguration(VehiclesOptions.SectionName).ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IngestStatus>();
        services.TryAddSingleton<IngestMetrics>();
        services.TryAddSingleton<TelemetryHandler>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, IngestService>());
        return services;
    }
}
