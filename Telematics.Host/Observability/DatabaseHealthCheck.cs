using Microsoft.Extensions.Diagnostics.HealthChecks;
using Telematics.Storage;

namespace Telematics.Host.Observability;

/// <summary>Whether the database answers.</summary>
internal sealed class DatabaseHealthCheck(ITelematicsDatabase database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await using var db = database.CreateReader();
        return await db.Database.CanConnectAsync(cancellationToken)
            ? HealthCheckResult.Healthy("answers")
            : HealthCheckResult.Unhealthy("does not answer");
    }
}
