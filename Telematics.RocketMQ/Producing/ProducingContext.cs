using Microsoft.Extensions.Logging;
using Telematics.Messaging;
using Telematics.Messaging.Staging;

namespace Telematics.RocketMQ.Producing;

/// <summary>What the producers of one log share.</summary>
/// <param name="Options">The settings.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">Where to log.</param>
/// <param name="Metrics">The instruments.</param>
/// <param name="Delivery">Calls the sinks.</param>
/// <param name="Transport">Makes what sends the batches of a queue.</param>
internal sealed record ProducingContext(
    RocketMQOptions Options,
    TimeProvider Time,
    ILogger Logger,
    ProducingMetrics Metrics,
    OutcomeDelivery Delivery,
    Func<MessageQueue, IBatchTransport> Transport)
{
    /// <summary>Where readers of the same process look up what was stored.</summary>
    public StoredEnds StoredEnds { get; init; } = new(Time);

    /// <summary>Which brokers store anything at all.</summary>
    public StoredBatches StoredBatches { get; } = new();
}
