using Telematics.Messaging;
using Telematics.Messaging.Staging;
using Telematics.RocketMQ.Records;

namespace Telematics.RocketMQ.Producing;

/// <summary>Appends to one topic: each queue has its batches and its sender, and none waits for another.</summary>
internal sealed class RocketMQProducer : IMessageProducer
{
    /// <summary>
    /// The largest body. A batch that is nearly full takes one more message, and the whole, also as the broker stores it, has
    /// to stay below RocketMQ's maxMessageSize (4 MiB if not set otherwise).
    /// </summary>
    public const int MaxBody = 3 * 1024 * 1024;

    private readonly ProducingContext _context;
    private readonly BatchStaging[] _queues;
    private readonly QueueSender[] _senders;

    /// <param name="topic">The topic.</param>
    /// <param name="queues">Its queues in their lasting order: <see cref="MessageQueue.Index"/> is the place.</param>
    /// <param name="context">What the producers share.</param>
    public RocketMQProducer(string topic, IReadOnlyList<MessageQueue> queues, ProducingContext context)
    {
        Topic = topic;
        _context = context;
        _queues = [.. queues.Select(queue => new BatchStaging(queue, context.Options.QueueBudgetBytes, context.Time))];
        _senders = Array.ConvertAll(_queues, queue => new QueueSender(queue, context));
        context.Metrics.Add(this);
    }

    public string Topic { get; }

    public int MaxBodyLength => MaxBody;

    /// <summary>Bytes staged and on their way.</summary>
    public long PendingBytes => _queues.Sum(queue => queue.PendingBytes);

    public AppendAdmission Append(in OutgoingMessage message, IAppendSink sink, AppendToken token, AppendBudget budget = AppendBudget.Queue)
    {
        ArgumentNullException.ThrowIfNull(sink);
        BatchLayout.Check(message);
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
        foreach (var queue in _queues)
        {
            messages += queue.Abandon(owner, ref abandoned);
        }

        if (abandoned is not null)
        {
            _context.Metrics.Abandoned(messages);
            _context.Delivery.DeliverLater(abandoned);
        }
    }

    /// <summary>
    /// Takes no more appends, sends what is staged and ends: at the latest after the time of one request, and then what is
    /// not answered has the outcome Unknown.
    /// </summary>
    public async Task CloseAsync()
    {
        foreach (var queue in _queues)
        {
            queue.Close();
        }

        await Task.WhenAll(_senders.Select(sender => sender.CloseAsync()));
        _context.Metrics.Remove(this);
    }

    private static bool IsTooLarge(in OutgoingMessage message) =>
        message.Key.Length > BatchLayout.MaxKeyLength
        || message.Tag.Length > BatchLayout.MaxTagLength
        || message.Body.Length > MaxBody
        || BatchLayout.PropertiesLength(message) > BatchLayout.MaxPropertiesLength;

    private AppendAdmission Stage(in OutgoingMessage message, IAppendSink sink, AppendToken token, AppendBudget budget)
    {
        var index = QueueSelector.Select(message.Key, _queues.Length);
        var now = _context.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var admission = _queues[index].Stage(message, now, sink, token, budget == AppendBudget.Exempt, out var wake);
        if (wake)
        {
            _senders[index].Wake();
        }

        return admission;
    }
}
