using Microsoft.Extensions.DependencyInjection.Extensions;
using Telematics.Storage.Maintenance;

namespace Telematics.Host.Scheduling;

/// <summary>Registers the scheduler of recurring work.</summary>
internal static class SchedulingServiceCollectionExtensions
{
    /// <summary>
    /// Runs every registered <see cref="IMaintenanceTask"/> at its times. Register it after the database and before the
    /// roles: at the stop it then ends while the database is still there.
    /// </summary>
    public static IServiceCollection AddMaintenanceScheduler(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<SchedulingMetrics>();
        services.TryAddSingleton<SchedulerStorage>();
        services.TryAddSingleton<ServiceJobActivator>();
        services.TryAddTransient<MaintenanceJob>();
        services.AddHostedService<MaintenanceScheduler>();
        return services;
    }

    /// <summary>Lets this process ask for runs (<see cref="IMaintenanceTrigger"/>) and show the scheduler's page, whoever runs the tasks.</summary>
    public static IServiceCollection AddMaintenanceTrigger(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<SchedulerStorage>();
        services.TryAddSingleton<MaintenanceTrigger>();
        services.TryAddSingleton<IMaintenanceTrigger>(provider => provider.GetRequiredService<MaintenanceTrigger>());
        services.AddHostedService(provider => provider.GetRequiredService<MaintenanceTrigger>());
        return services;
    }
}
