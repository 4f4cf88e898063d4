using System.Text;
using Telematics.Messaging;

namespace Telematics.Tests.Gateway;

/// <summary>A message log that stores at once, or when the test says so, or never.</summary>
internal sealed class FakeMessageLog : IMessageLog
{
    private readonly Dictionary<string, FakeProducer> _producers = [];

    public string Identity => "fake";

    public string DurabilityDescription => "kept in memory by a test";

    public FakeProducer this[string topic] => (FakeProducer)GetProducer(topic);

    public ValueTask DeclareTopicAsync(TopicDeclaration topic, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public IReadOnlyList<MessageQueue> GetQueues(string topic) => [new MessageQueue(topic, "fake", 0, 0)];

    public IMessageProducer GetProducer(string topic)
    {
        if (!_producers.TryGetValue(topic, out var producer))
        {
            _producers[topic] = producer = new FakeProducer(topic);
        }

        return producer;
    }

    public IQueueReader OpenReader(MessageQueue queue, TagFilter filter) => throw new NotSupportedException();

    public ValueTask<IConsumerGroupMember> JoinGroupAsync(string group, string topic, IAssignmentListener listener, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<QueueRange> GetRangeAsync(MessageQueue queue, CancellationToken cancellationToken) => ValueTask.FromResult(new QueueRange(0, 0));

    public ValueTask<bool> TryRaiseEndAsync(MessageQueue queue, long offset, CancellationToken cancellationToken) => ValueTask.FromResult(true);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

internal sealed class FakeProducer(string topic) : IMessageProducer
{
    private readonly List<Pending> _pending = [];

    /// <summary>Whether appends wait for <see cref="Answer"/>.</summary>
    public bool IsHolding { get; set; }

    /// <summary>How many appends under the budget may wait.</summary>
    public int Budget { get; set; } = int.MaxValue;

    /// <summary>Whether everything is on its way already, so that nothing can be abandoned.</summary>
    public bool AbandonsNothing { get; set; }

    /// <summary>Everything that was appended, in order.</summary>
    public List<AppendedMessage> Appended { get; } = [];

    public int PendingCount => _pending.Count;

    public string Topic => topic;

    public int MaxBodyLength => 1 << 20;

    public AppendAdmission Append(in OutgoingMessage message, IAppendSink sink, AppendToken token, AppendBudget budget = AppendBudget.Queue)
    {
        if (budget == AppendBudget.Queue && _pending.Count >= Budget)
        {
            return AppendAdmission.BudgetUsedUp;
        }

        var properties = new Dictionary<string, string>();
        foreach (var property in new MessageProperties(message.Properties))
        {
            properties.Add(Encoding.UTF8.GetString(property.Name), Encoding.UTF8.GetString(property.Value));
        }

        Appended.Add(new AppendedMessage(
            topic, Encoding.UTF8.GetString(message.Key), Encoding.UTF8.GetString(message.Tag), properties, message.Body.ToArray(), budget));
        if (IsHolding)
        {
            _pending.Add(new Pending(sink, token));
        }
        else
        {
            sink.OnOutcomes([new AppendOutcome(token, AppendStatus.Stored, 0, Appended.Count - 1, 0)]);
        }

        return AppendAdmission.Taken;
    }

    public void Abandon(long owner)
    {
        foreach (var pending in _pending.Where(pending => !AbandonsNothing && pending.Token.Owner == owner).ToArray())
        {
            _pending.Remove(pending);
            pending.Sink.OnOutcomes([new AppendOutcome(pending.Token, AppendStatus.Abandoned, 0, -1, 0)]);
        }
    }

    /// <summary>Answers one waiting append, by its place among those that wait.</summary>
    public void Answer(int index, AppendStatus status = AppendStatus.Stored)
    {
        var pending = _pending[index];
        _pending.RemoveAt(index);
        pending.Sink.OnOutcomes([new AppendOutcome(pending.Token, status, 0, 0, 0)]);
    }

    /// <summary>Answers all and holds no more.</summary>
    public void Release()
    {
        IsHolding = false;
        while (_pending.Count > 0)
        {
            Answer(0);
        }
    }

    private sealed record Pending(IAppendSink Sink, AppendToken Token);
}

internal sealed record AppendedMessage(
    string Topic, string Key, string Tag, IReadOnlyDictionary<string, string> Properties, byte[] Body, AppendBudget Budget)
{
    public string Text => Encoding.UTF8.GetString(Body);
}
