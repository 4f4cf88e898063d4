using Microsoft.Extensions.Logging;

namespace Telematics.Messaging.Staging;

/// <summary>Calls the sinks, one call at a time in the whole log.</summary>
internal sealed class OutcomeDelivery
{
    private readonly Lock _gate = new();
    private readonly ILogger _logger;

    public OutcomeDelivery(ILogger logger)
    {
        _logger = logger;
        PoolRelay.Prepare();
    }

    public void Deliver(OutcomeCollector outcomes)
    {
        lock (_gate)
        {
            outcomes.Deliver(_logger.SinkFailed);
        }
    }

    /// <summary>Delivers on the thread pool: the caller may be anywhere, and the writer may be waiting for the disk.</summary>
    public void DeliverLater(OutcomeCollector outcomes) => PoolRelay.Queue(new Later(this, outcomes));

    private sealed class Later(OutcomeDelivery delivery, OutcomeCollector outcomes) : IThreadPoolWorkItem
    {
        public void Execute() => delivery.Deliver(outcomes);
    }
}
