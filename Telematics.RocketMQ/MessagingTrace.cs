using System.Diagnostics;
using Telematics.Messaging;

namespace Telematics.RocketMQ;

/// <summary>Spans by OpenTelemetry's conventions for messaging; none is made when nobody listens.</summary>
internal static class MessagingTrace
{
    public const string SourceName = "Telematics.RocketMQ";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>The moment from which a read counts; the default when nobody listens.</summary>
    public static DateTimeOffset Now(TimeProvider time) => Source.HasListeners() ? time.GetUtcNow() : default;

    /// <summary>Begins the span of a batch that is sent, with all its attempts.</summary>
    public static Activity? StartSend(MessageQueue queue, int messages) => Source.HasListeners()
        ? Tag(Source.StartActivity($"send {queue.Topic}", ActivityKind.Producer), "send", queue)?.SetTag("messaging.batch.message_count", messages)
        : null;

    /// <summary>
    /// The span of a batch that was read, the wait for it too. It is made afterwards: most reads at a queue's end bring nothing, and
    /// those have none.
    /// </summary>
    public static void Received(MessageQueue queue, string group, DateTimeOffset began, int messages)
    {
        using var activity = StartReceive(queue, group, began);
        activity?.SetTag("messaging.batch.message_count", messages);
    }

    /// <summary>The span of a read that failed.</summary>
    public static void ReceiveFailed(MessageQueue queue, string group, DateTimeOffset began, Exception fault)
    {
        using var activity = StartReceive(queue, group, began);
        SetFault(activity, fault);
    }

    /// <summary>Begins the span of a message that is handed to an application.</summary>
    public static Activity? StartProcess(MessageQueue queue, string group, string messageId) => Source.HasListeners()
        ? Tag(Source.StartActivity($"process {queue.Topic}", ActivityKind.Consumer), "process", queue)?
            .SetTag("messaging.consumer.group.name", group)
            .SetTag("messaging.message.id", messageId)
        : null;

    /// <summary>Marks a span as failed.</summary>
    public static void SetFault(Activity? activity, Exception fault) =>
        activity?.SetTag("error.type", fault.GetType().FullName).SetStatus(ActivityStatusCode.Error, fault.Message);

    private static Activity? StartReceive(MessageQueue queue, string group, DateTimeOffset began) => began != default
        ? Tag(Source.StartActivity(ActivityKind.Client, startTime: began, name: $"receive {queue.Topic}"), "receive", queue)?.SetTag("messaging.consumer.group.name", group)
        : null;

    private static Activity? Tag(Activity? activity, string operation, MessageQueue queue) => activity?
        .SetTag("messaging.system", "rocketmq")
        .SetTag("messaging.operation.name", operation)
        .SetTag("messaging.operation.type", operation)
        .SetTag("messaging.destination.name", queue.Topic)
        .SetTag("messaging.destination.partition.id", $"{queue.Broker}/{queue.QueueId}");
}
