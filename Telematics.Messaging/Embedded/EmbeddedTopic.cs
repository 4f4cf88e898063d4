using Telematics.Messaging.Staging;

namespace Telematics.Messaging.Embedded;

/// <summary>A topic's queues and its producer, which also is the one that callers get.</summary>
internal sealed class EmbeddedTopic(string topic, EmbeddedQueue[] queues, EmbeddedLogContext context, GroupCommit commit, OutcomeDelivery delivery)
    : StagingProducer(topic, queues, context.Time, delivery)
{
    public override int MaxBodyLength => context.Options.MaxBodyBytes;

    /// <summary>In the order of their index.</summary>
    public EmbeddedQueue[] Queues { get; } = queues;

    public IReadOnlyList<MessageQueue> MessageQueues { get; } = Array.AsReadOnly(Array.ConvertAll(queues, queue => queue.Queue));

    protected override void Check(in OutgoingMessage message)
    {
        if (message.Key.IsEmpty)
        {
            throw new ArgumentException("The key is empty.", nameof(message));
        }
    }

    protected override bool IsTooLarge(in OutgoingMessage message) =>
        message.Key.Length > RecordFormat.MaxKeyLength
        || message.Tag.Length > RecordFormat.MaxTagLength
        || message.Properties.Length > RecordFormat.MaxPropertiesLength
        || message.Body.Length > MaxBodyLength;

    protected override void Wake(int queue) => commit.Wake(Queues[queue]);

    protected override void OnTurnedAway(AppendAdmission reason) => context.Metrics.TurnedAway(reason);

    protected override void OnAbandoned(int messages) => context.Metrics.Abandoned(messages);
}
