using Telematics.Messaging.Staging;

namespace Telematics.Messaging.Embedded;

/// <summary>A topic's queues and its producer, which also is the one that callers get.</summary>
internal sealed class EmbeddedTopic : IMessageProducer
{
    private readonly EmbeddedLogContext _context;
    private readonly GroupCommit _commit;
    private readonly OutcomeDelivery _delivery;

    public EmbeddedTopic(string topic, EmbeddedQueue[] queues, EmbeddedLogContext context, GroupCommit commit, OutcomeDelivery delivery)
    {
        Topic = topic;
        Queues = queues;
        MessageQueues = Array.AsReadOnly(Array.ConvertAll(queues, queue => queue.Queue));
        _context = context;
        _commit = commit;
        _delivery = delivery;
    }

    public string Topic { get; }

    public int MaxBodyLength => _context.Options.MaxBodyBytes;

    /// <summary>In the order of their index.</summary>
    public EmbeddedQueue[] Queues { get; }

    public IReadOnlyList<MessageQueue> MessageQueues { get; }

    public AppendAdmission Append(in OutgoingMessage message, IAppendSink sink, AppendToken token, AppendBudget budget = AppendBudget.Queue)
    {
        ArgumentNullException.ThrowIfNull(sink);
        if (message.Key.IsEmpty)
        {
            throw new ArgumentException("The key is empty.", nameof(message));
        }

        var admission = IsTooLarge(message) ? AppendAdmission.TooLarge : Stage(message, sink, token, budget);
        if (admission != AppendAdmission.Taken)
        {
            _context.Metrics.TurnedAway(admission);
        }

        return admission;
    }

    public void Abandon(long owner)
    {
        OutcomeCollector? abandoned = null;
        var messages = 0;
        foreach (var queue in Queues)
        {
            messages += queue.Abandon(owner, ref abandoned);
        }

        if (abandoned is not null)
        {
            _context.Metrics.Abandoned(messages);
            _delivery.DeliverLater(abandoned);
        }
    }

    private AppendAdmission Stage(in OutgoingMessage message, IAppendSink sink, AppendToken token, AppendBudget budget)
    {
        var queue = Queues[QueueSelector.Select(message.Key, Queues.Length)];
        var now = _context.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var admission = queue.Stage(message, now, sink, token, budget == AppendBudget.Exempt, out var wake);
        if (wake)
        {
            _commit.Wake(queue);
        }

        return admission;
    }

    private bool IsTooLarge(in OutgoingMessage message) =>
        message.Key.Length > RecordFormat.MaxKeyLength
        || message.Tag.Length > RecordFormat.MaxTagLength
        || message.Properties.Length > RecordFormat.MaxPropertiesLength
        || message.Body.Length > _context.Options.MaxBodyBytes;
}
