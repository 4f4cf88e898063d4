namespace Telematics.Messaging.Staging;

/// <summary>A topic's producer: each queue stages by itself. What a message may be, and who is woken, is the engine's.</summary>
internal abstract class StagingProducer(string topic, IReadOnlyList<StagingQueue> queues, TimeProvider time, OutcomeDelivery delivery) : IMessageProducer
{
    /// <inheritdoc/>
    public string Topic { get; } = topic;

    /// <inheritdoc/>
    public abstract int MaxBodyLength { get; }

    /// <inheritdoc/>
    public AppendAdmission Append(in OutgoingMessage message, IAppendSink sink, AppendToken token, AppendBudget budget = AppendBudget.Queue)
    {
        ArgumentNullException.ThrowIfNull(sink);
        Check(message);
        var admission = IsTooLarge(message) ? AppendAdmission.TooLarge : Stage(message, sink, token, budget);
        if (admission != AppendAdmission.Taken)
        {
            OnTurnedAway(admission);
        }

        return admission;
    }

    /// <inheritdoc/>
    public void Abandon(long owner)
    {
        OutcomeCollector? abandoned = null;
        var messages = 0;
        foreach (var queue in queues)
        {
            messages += queue.Abandon(owner, ref abandoned);
        }

        if (abandoned is not null)
        {
            OnAbandoned(messages);
            delivery.DeliverLater(abandoned);
        }
    }

    /// <exception cref="ArgumentException">The engine cannot keep such a message.</exception>
    protected abstract void Check(in OutgoingMessage message);

    protected abstract bool IsTooLarge(in OutgoingMessage message);

    /// <summary>The writer does not know yet that this queue has something.</summary>
    protected abstract void Wake(int queue);

    protected abstract void OnTurnedAway(AppendAdmission reason);

    protected abstract void OnAbandoned(int messages);

    private AppendAdmission Stage(in OutgoingMessage message, IAppendSink sink, AppendToken token, AppendBudget budget)
    {
        var queue = QueueSelector.Select(message.Key, queues.Count);
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var admission = queues[queue].Stage(message, now, sink, token, budget == AppendBudget.Exempt, out var wake);
        if (wake)
        {
            Wake(queue);
        }

        return admission;
    }
}
