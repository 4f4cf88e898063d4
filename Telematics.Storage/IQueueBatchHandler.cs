using Telematics.Messaging;

namespace Telematics.Storage;

/// <summary>
/// What one consumer does with batches of a queue. The consumer itself (the transactional consumer) reads from
/// the stored offset, removes producer's repeats, and moves the offset in the same transaction with
/// <c>UPDATE … WHERE next_offset = @from</c>. Calls for one queue come one after the other, except that
/// <see cref="Prepare"/> of the next batch may run while one is applied; different queues are worked on side by side.
/// </summary>
public interface IQueueBatchHandler
{
    /// <summary>
    /// Does what needs no database (decoding), outside the write transaction. Each batch is prepared once before it is
    /// applied; <see cref="OnReset"/> also drops what was prepared of the queue.
    /// </summary>
    void Prepare(MessageBatch batch)
    {
    }

    /// <summary>
    /// Applies messages within the consumer's transaction. Only messages whose bit in <paramref name="isRepeat"/> is
    /// false are to be applied. Messages that a consumed event causes are appended to the log before this returns.
    /// Throwing rolls the transaction back; the batch comes again.
    /// </summary>
    ValueTask ApplyAsync(MessageBatch batch, IReadOnlyList<bool> isRepeat, WriteSession session, CancellationToken cancellationToken);

    /// <summary>
    /// Applies a part of a message that is too much for one transaction: alone in its batch, after <see cref="ApplyAsync"/>
    /// threw <see cref="TransactionTooWideException"/>. The consumer stores where the next part begins, in the same
    /// transaction, and then begins the queue anew: <see cref="OnReset"/>, and the message is prepared again.
    /// </summary>
    /// <param name="batch">The message.</param>
    /// <param name="isRepeat">Its mark.</param>
    /// <param name="part">What the part before returned; 0 for the first.</param>
    /// <param name="session">The transaction.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>Where the next part begins; 0 when this was the last.</returns>
    ValueTask<long> ApplyPartAsync(MessageBatch batch, IReadOnlyList<bool> isRepeat, long part, WriteSession session, CancellationToken cancellationToken) =>
        throw new NotSupportedException("This handler applies a message whole.");

    /// <summary>The transaction was committed: what the handler keeps in memory may follow.</summary>
    void OnCommitted(MessageQueue queue, QueuePosition position);

    /// <summary>Forget everything cached of the queue: a batch failed, its outcome is unknown, or the assignment changed.</summary>
    void OnReset(MessageQueue queue);
}
