using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Telematics.Api.Live;

/// <summary>Ready when the live view has caught up with the log; before, it would answer states of before the start.</summary>
internal sealed class LiveViewHealthCheck(LiveView view) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var counts = view.Counts;
        return Task.FromResult(view.IsReady
            ? HealthCheckResult.Healthy($"{counts.Registered} vehicles, {counts.Online} online")
            : HealthCheckResult.Unhealthy("has not caught up with the log yet"));
    }
}
