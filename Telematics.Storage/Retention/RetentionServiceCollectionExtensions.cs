using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Telematics.Storage.Maintenance;

namespace Telematics.Storage.Retention;

/// <summary>Registers the removal of what is old, and the divisions that it goes by; the engine's <see cref="ITimeDivision"/> is registered beside it.</summary>
internal static class RetentionServiceCollectionExtensions
{
    public static IServiceCollection AddRetention(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<RetentionOptions, RetentionOptionsValidator>()
            .BindConfiguration(RetentionOptions.SectionName);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RetentionOptions>, RetentionOrderValidator>());
        services.TryAddSingleton<RetentionMetrics>();
        services.TryAddSingleton<DivisionLengths>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IMaintenanceTask, PartitionsTask>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IMaintenanceTask, RetentionTask>());
        return services;
    }
}
