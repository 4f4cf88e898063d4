namespace Telematics.Messaging;

/// <summary>
/// The message log, in RocketMQ's own model: topics with queues, a fixed order and growing 64-bit offsets within a
/// queue, reading "from this offset on", consumer groups that divide queues. There is no acknowledgement per message:
/// progress is an offset, and the reader decides where it is kept. A broadcast reader is one <see cref="IQueueReader"/>
/// for each queue, with offsets of its own.
/// </summary>
public interface IMessageLog : IAsyncDisposable
{
    /// <summary>This log's lasting identity; stored offsets belong to it and to no other log.</summary>
    string Identity { get; }

    /// <summary>What "stored" means here, in one sentence for the operator's log.</summary>
    string DurabilityDescription { get; }

    /// <summary>
    /// The greatest age that a message reaches before it is removed, so that one can say until when a copy of something
    /// exists; null where the log's owner decides and does not tell.
    /// </summary>
    TimeSpan? LongestRetention => null;

    /// <summary>Makes sure that a topic exists; must precede its use. Idempotent.</summary>
    /// <exception cref="MessageLogException">The topic cannot be made, or its queues are not the configured ones; the text says what to do.</exception>
    ValueTask DeclareTopicAsync(TopicDeclaration topic, CancellationToken cancellationToken);

    /// <summary>The queues of a declared topic in their lasting order.</summary>
    IReadOnlyList<MessageQueue> GetQueues(string topic);

    /// <summary>A producer for a declared topic; it lives as long as the log. Several calls may answer the same one.</summary>
    IMessageProducer GetProducer(string topic);

    /// <summary>Opens a reader of one queue.</summary>
    IQueueReader OpenReader(MessageQueue queue, TagFilter filter);

    /// <summary>Joins a consumer group for a topic.</summary>
    /// <param name="group">1 to 120 of <c>[A-Za-z0-9_%|-]</c>.</param>
    /// <param name="topic">A declared topic.</param>
    /// <param name="listener">Hears of assignments, also during this call.</param>
    /// <param name="cancellationToken">Ends the wait for the first division.</param>
    ValueTask<IConsumerGroupMember> JoinGroupAsync(string group, string topic, IAssignmentListener listener, CancellationToken cancellationToken);

    /// <summary>What a queue holds now.</summary>
    ValueTask<QueueRange> GetRangeAsync(MessageQueue queue, CancellationToken cancellationToken);

    /// <summary>
    /// Makes the queue's next offset at least <paramref name="offset"/>: an embedded log that lost its tail in a power
    /// cut goes on above the database's offset. False where the log cannot (RocketMQ), which is a start-up error.
    /// </summary>
    ValueTask<bool> TryRaiseEndAsync(MessageQueue queue, long offset, CancellationToken cancellationToken);
}
