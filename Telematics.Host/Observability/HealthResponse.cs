using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Telematics.Host.Observability;

/// <summary>Readiness as JSON, so that an operator sees which part is not ready and why.</summary>
internal static class HealthResponse
{
    public static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(new
    {
        status = report.Status.ToString(),
        checks = report.Entries.ToDictionary(entry => entry.Key, entry => new { status = entry.Value.Status.ToString(), entry.Value.Description }),
    });
}
