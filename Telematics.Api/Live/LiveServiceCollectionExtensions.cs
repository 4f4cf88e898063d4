using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Telematics.Api.Live;

/// <summary>Registers the live view.</summary>
internal static class LiveServiceCollectionExtensions
{
    /// <summary>The live view and what keeps it; it needs storage and the message log beside it.</summary>
    public static IServiceCollection AddTelematicsLive(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<LiveView>();
        services.TryAddSingleton<LiveMetrics>();
        services.AddHostedService<LiveFollower>();
        return services;
    }
}
