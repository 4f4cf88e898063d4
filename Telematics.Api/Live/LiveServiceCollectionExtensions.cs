using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Telematics.Api.Live;

/// <summary>Registers the live view.</summary>
internal static class LiveServiceCollectionExtensions
{
    /// <summary>The live view, what keeps it, and the health check <c>live-view</c> (tag <c>ready</c>); it needs storage and the message log beside it.</summary>
    public static IServiceCollection AddTelematicsLive(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<LiveView>();
        services.TryAddSingleton<LiveMetrics>();
        services.TryAddSingleton<ILiveSnapshotSource, DatabaseSnapshotSource>();
        services.AddHostedService<LiveFollower>();
        services.AddHealthChecks().AddCheck<LiveViewHealthCheck>("live-view", tags: ["ready"]);
        return services;
    }
}
