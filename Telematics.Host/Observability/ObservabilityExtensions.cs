using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using OpenTelemetry.Metrics;
using Telematics.Host.Settings;

namespace Telematics.Host.Observability;

/// <summary>Health for the orchestrator, metrics for Prometheus.</summary>
internal static class ObservabilityExtensions
{
    private const string Ready = "ready";

    public static void AddObservability(this IServiceCollection services, ProcessParts parts)
    {
        var checks = services.AddHealthChecks();
        if (parts.HasDatabase)
        {
            checks.AddCheck<DatabaseHealthCheck>("database", tags: [Ready]);
        }

        services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter("Telematics.*")
            .AddRuntimeInstrumentation()
            .AddAspNetCoreInstrumentation()
            .AddPrometheusExporter());
    }

    /// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: it can do its work. <c>/metrics</c>: Prometheus.</summary>
    public static void MapObservability(this WebApplication application)
    {
        application.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
        application.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Ready), ResponseWriter = HealthResponse.WriteAsync }).AllowAnonymous();
        application.MapPrometheusScrapingEndpoint("/metrics").AllowAnonymous();
    }
}
