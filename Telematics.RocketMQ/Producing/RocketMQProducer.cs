using Telematics.Messaging;
using Telematics.Messaging.Staging;
using Telematics.RocketMQ.Records;

namespace Telematics.RocketMQ.Producing;

/// <summary>Appends to one topic: each queue has its batches and its sender, and none waits for another.</summary>
internal sealed class RocketMQProducer : StagingProducer
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
        : this(topic, [.. queues.Select(queue => new BatchStaging(queue, context.Options.QueueBudgetBytes, context.Time))], context)
    {
    }

    private RocketMQProducer(string topic, BatchStaging[] queues, ProducingContext context)
        : base(topic, queues, context.Time, context.Delivery)
    {
        _context = context;
        _queues = queues;
        _senders = Array.ConvertAll(queues, queue => new QueueSender(queue, context));
        context.Metrics.Add(this);
    }

    public override int MaxBodyLength => MaxBody;

    /// <summary>Bytes staged and on their way.</summary>
    public long PendingBytes => _queues.Sum(queue => queue.PendingBytes);

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

    protected override void Check(in OutgoingMessage message) => BatchLayout.Check(message);

    protected override bool IsTooLarge(in OutgoingMessage message) =>
        message.Key.Length > BatchLayout.MaxKeyLength
        || message.Tag.Length > BatchLayout.MaxTagLength
        || message.Body.Length > MaxBody
        || BatchLayout.PropertiesLength(message) > BatchLayout.MaxPropertiesLength;

    protected override void Wake(int queue) => _senders[queue].Wake();

    protected override void OnTurnedAway(AppendAdmission reason) => _context.Metrics.TurnedAway(reason);

    protected override void OnAbandoned(int messages) => _context.Metrics.Abandoned(messages);
}
