namespace Telematics.Messaging;

/// <summary>
/// Appends to one topic. It copies, returns at once and costs no Task and no string per message; appends of one key keep
/// their order. Safe for any thread; the order of appends from several threads is the order of the calls.
/// </summary>
public interface IMessageProducer
{
    /// <summary>The topic.</summary>
    string Topic { get; }

    /// <summary>The largest body, in bytes.</summary>
    int MaxBodyLength { get; }

    /// <summary>Takes a message into its queue's batch.</summary>
    /// <param name="message">The parts; copied before the call returns.</param>
    /// <param name="sink">Gets the outcome, if and only if the answer is <see cref="AppendAdmission.Taken"/>.</param>
    /// <param name="token">Comes back with the outcome.</param>
    /// <param name="budget">Whether the queue's byte budget applies.</param>
    AppendAdmission Append(in OutgoingMessage message, IAppendSink sink, AppendToken token, AppendBudget budget = AppendBudget.Queue);

    /// <summary>
    /// Drops what <paramref name="owner"/> has staged here and what is not yet sent; each gets the outcome
    /// <see cref="AppendStatus.Abandoned"/>. What is already on its way gets its ordinary outcome.
    /// </summary>
    void Abandon(long owner);
}

/// <summary>Whether an append was taken.</summary>
public enum AppendAdmission
{
    /// <summary>Staged; the outcome comes to the sink.</summary>
    Taken,

    /// <summary>
    /// The queue's byte budget is used up: nothing was staged. The caller waits until an append of its own has its
    /// outcome, then tries again (and always may have one append outside the budget, see <see cref="AppendBudget.Exempt"/>).
    /// </summary>
    BudgetUsedUp,

    /// <summary>A part is longer than the log takes; nothing was staged.</summary>
    TooLarge,

    /// <summary>The log is closed; nothing was staged.</summary>
    Closed,
}

/// <summary>Whether the byte budget of the queue applies to an append.</summary>
public enum AppendBudget
{
    /// <summary>It applies.</summary>
    Queue,

    /// <summary>It does not: one publish of each connection is always taken, as are the system's own events.</summary>
    Exempt,
}
