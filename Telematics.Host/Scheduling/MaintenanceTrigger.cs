using System.Threading.Channels;
using Telematics.Storage.Maintenance;

namespace Telematics.Host.Scheduling;

/// <summary>Names of tasks that were asked for, on their way to the scheduler; what comes before its start waits.</summary>
internal sealed class MaintenanceTrigger : IMaintenanceTrigger
{
    private readonly Channel<string> _asked = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>What the scheduler reads.</summary>
    public ChannelReader<string> Asked => _asked.Reader;

    /// <inheritdoc/>
    public void RunSoon(string taskName) => _asked.Writer.TryWrite(taskName);
}
