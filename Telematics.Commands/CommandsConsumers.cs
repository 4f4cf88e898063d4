using Microsoft.Extensions.Hosting;
using Telematics.Commands.Presence;
using Telematics.Commands.Receipts;
using Telematics.Commands.Results;
using Telematics.Contracts;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Consumers;

namespace Telematics.Commands;

/// <summary>The role's consumers: presence, receipts, results.</summary>
internal sealed class CommandsConsumers(
    IMessageLog log,
    TransactionalConsumers consumers,
    VehicleEventHandler events,
    CommandReceiptHandler receipts,
    CommandResultHandler results) : BackgroundService
{
    // In a storm of connects a transaction takes what comes meanwhile; nobody waits for an order noticeably longer.
    private static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(50);

    private readonly List<TransactionalConsumer> _consumers = [];

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // What they consume may at once cause orders to gateways.
        await log.DeclareTopicAsync(new TopicDeclaration(TopicNames.Command), cancellationToken);
        Add(TopicNames.VehicleEvent, events);
        Add(TopicNames.CommandReceipt, receipts);
        Add(TopicNames.CommandResult, results);
        foreach (var consumer in _consumers)
        {
            await consumer.StartAsync(cancellationToken);
        }

        await base.StartAsync(cancellationToken);

        void Add(string topic, IQueueBatchHandler handler) =>
            _consumers.Add(consumers.Create(new ConsumerSettings(ConsumerGroup.Name, topic) { MinInterval = MinInterval }, handler));
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The first that ends by itself has failed, and takes the role with it.
        var first = await Task.WhenAny(_consumers.Select(consumer => consumer.Completion)).WaitAsync(stoppingToken);
        await first;
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(_consumers.Select(consumer => consumer.DisposeAsync().AsTask()));
    }
}
