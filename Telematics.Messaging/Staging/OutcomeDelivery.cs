using Microsoft.Extensions.Logging;

namespace Telematics.Messaging.Staging;

/// <summary>Calls the sinks, one call at a time in the whole log.</summary>
internal sealed class OutcomeDelivery(ILogger logger)
{
    private readonly Lock _gate = new();

    public void Deliver(OutcomeCollector outcomes)
    {
        lock (_gate)
        {
            outcomes.Deliver(logger.SinkFailed);
        }
    }

    /// <summary>Delivers on the thread pool: the caller may be anywhere, and the writer may be waiting for the disk.</summary>
    public void DeliverLater(OutcomeCollector outcomes) =>
        ThreadPool.UnsafeQueueUserWorkItem(static state => state.Delivery.Deliver(state.Outcomes), (Delivery: this, Outcomes: outcomes), preferLocal: false);
}
