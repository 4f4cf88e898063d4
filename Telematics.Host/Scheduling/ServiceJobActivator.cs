using Hangfire;

namespace Telematics.Host.Scheduling;

/// <summary>Hangfire gets its jobs from the process's services.</summary>
internal sealed class ServiceJobActivator(IServiceProvider services) : JobActivator
{
    /// <inheritdoc/>
    public override object ActivateJob(Type jobType) => services.GetRequiredService(jobType);
}
