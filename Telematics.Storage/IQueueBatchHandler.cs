using Telematics.Messaging;

namespace Telematics.Storage;

/// <summary>
/// What one consumer does with batches of a queue. The consumer itself (the transactional consumer) reads from
/// the stored offset, removes producer's repeats, and moves the offset in the same transaction with
/// <c>UPDATE … WHERE next_offset = @from</c>.
/// </summary>
public interface IQueueBatchHandler
{
    /// <summary>
    /// Applies messages within the consumer's transaction. Only messages whose bit in <paramref name="isRepeat"/> is
    /// false are to be applied. Messages that a consumed event causes are appended to the log before this returns.
    /// Throwing rolls the transaction back; the batch comes again.
    /// </summary>
    ValueTask ApplyAsync(MessageBatch batch, IReadOnlyList<bool> isRepeat, WriteSession session, CancellationToken cancellationToken);

    /// <summary>The transaction was committed: what the handler keeps in memory may follow.</summary>
    void OnCommitted(MessageQueue queue, QueuePosition position);

    /// <summary>Forget everything cached of the queue: a batch failed, its outcome is unknown, or the assignment changed.</summary>
    void OnReset(MessageQueue queue);
}
