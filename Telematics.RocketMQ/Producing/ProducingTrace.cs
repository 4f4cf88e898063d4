using System.Diagnostics;
using Telematics.Messaging;

namespace Telematics.RocketMQ.Producing;

/// <summary>Spans of sends, by OpenTelemetry's conventions for messaging: one for each batch, with all its attempts.</summary>
internal static class ProducingTrace
{
    public const string SourceName = "Telematics.RocketMQ";

    private static readonly ActivitySource Source = new(SourceName);

    public static Activity? Start(MessageQueue queue, int messages)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var activity = Source.StartActivity($"send {queue.Topic}", ActivityKind.Producer);
        return activity?
            .SetTag("messaging.system", "rocketmq")
            .SetTag("messaging.operation.name", "send")
            .SetTag("messaging.operation.type", "send")
            .SetTag("messaging.destination.name", queue.Topic)
            .SetTag("messaging.destination.partition.id", $"{queue.Broker}/{queue.QueueId}")
            .SetTag("messaging.batch.message_count", messages);
    }
}
