using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Contracts;
using Telematics.Messaging;
using Telematics.Storage.Consumers;

namespace Telematics.Ingest;

/// <summary>Runs the consumer of <c>telemetry</c> as long as the process lives.</summary>
internal sealed class IngestService(
    TransactionalConsumers consumers,
    TelemetryHandler handler,
    IngestStatus status,
    IOptions<IngestOptions> options,
    TimeProvider clock,
    ILogger<IngestService> logger) : BackgroundService
{
    /// <summary>The consumer group.</summary>
    public const string Group = "ingest";

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var settings = new ConsumerSettings(Group, TopicNames.Telemetry)
        {
            MaxMessages = options.Value.BatchMessages,
            MaxBytes = options.Value.BatchBytes,
            MinInterval = TimeSpan.FromMilliseconds(options.Value.BatchIntervalMilliseconds),
        };
        await using var consumer = consumers.Create(settings, handler);
        status.Follow(consumer);
        try
        {
            await JoinAsync(consumer, stoppingToken);
            await consumer.Completion.WaitAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The stop that was asked for.
        }
    }

    private async Task JoinAsync(TransactionalConsumer consumer, CancellationToken stoppingToken)
    {
        var hasSaid = false;
        while (true)
        {
            try
            {
                await consumer.StartAsync(stoppingToken);
                logger.Joined(Group, TopicNames.Telemetry);
                return;
            }
            catch (MessageLogException exception)
            {
                if (!hasSaid)
                {
                    logger.JoinFailed(Group, TopicNames.Telemetry, exception.Message);
                    hasSaid = true;
                }

                await Task.Delay(RetryDelay, clock, stoppingToken);
            }
        }
    }
}
