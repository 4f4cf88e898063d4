using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Messaging;

namespace Telematics.Storage.Consumers;

/// <summary>Makes transactional consumers.</summary>
public sealed class TransactionalConsumers
{
    private readonly ConsumerServices _services;

    internal TransactionalConsumers(
        ITelematicsDatabase database,
        IMessageLog log,
        TimeProvider clock,
        IOptions<StorageOptions> options,
        StorageMetrics metrics,
        ILogger<TransactionalConsumer> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        _services = new ConsumerServices(database, log, clock, options.Value, metrics, logger);
    }

    /// <summary>A consumer that begins with <see cref="TransactionalConsumer.StartAsync"/>.</summary>
    /// <param name="settings">Group, topic and portions.</param>
    /// <param name="handler">Applies the batches of all queues that this member gets.</param>
    public TransactionalConsumer Create(ConsumerSettings settings, IQueueBatchHandler handler) => new(_services, settings, handler);
}
