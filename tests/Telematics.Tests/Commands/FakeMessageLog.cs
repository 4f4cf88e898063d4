using System.Buffers;
using System.Text;
using Telematics.Messaging;

namespace Telematics.Tests.Commands;

/// <summary>A message log in memory that can be down: then reads fail, and appends wait until it is up again.</summary>
public sealed class FakeMessageLog(TimeProvider clock, int queueCount = 4) : IMessageLog
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, MessageQueue[]> _topics = new(StringComparer.Ordinal);
    private readonly Dictionary<MessageQueue, List<Stored>> _stored = [];
    private readonly Dictionary<MessageQueue, int> _hidden = [];
    private readonly List<Pending> _pending = [];
    private bool _isDown;
    private bool _isReadOnly;

    public string Identity => "fake";

    public string DurabilityDescription => "stored in memory";

    /// <summary>Neither reads nor appends work.</summary>
    public bool IsDown
    {
        get => _isDown;
        set
        {
            _isDown = value;
            if (!value)
            {
                Flush();
            }
        }
    }

    /// <summary>Places of queues whose broker is away: nobody can say where they end.</summary>
    public HashSet<int> Away { get; } = [];

    /// <summary>Places of queues that take nothing: appends to them wait.</summary>
    public HashSet<int> Full { get; } = [];

    /// <summary>Reads work, appends wait.</summary>
    public bool IsReadOnly
    {
        get => _isReadOnly;
        set
        {
            _isReadOnly = value;
            if (!value)
            {
                Flush();
            }
        }
    }

    public ValueTask DeclareTopicAsync(TopicDeclaration topic, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_topics.ContainsKey(topic.Name))
            {
                _topics[topic.Name] = [.. Enumerable.Range(0, queueCount).Select(index => new MessageQueue(topic.Name, "fake", index, index))];
                foreach (var queue in _topics[topic.Name])
                {
                    _stored[queue] = [];
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    public IReadOnlyList<MessageQueue> GetQueues(string topic) => _topics[topic];

    public IMessageProducer GetProducer(string topic) => new Producer(this, topic);

    public IQueueReader OpenReader(MessageQueue queue, TagFilter filter) => throw new NotSupportedException("The bench reads with Read.");

    public ValueTask<IConsumerGroupMember> JoinGroupAsync(string group, string topic, IAssignmentListener listener, CancellationToken cancellationToken) =>
        throw new NotSupportedException("The bench reads with Read.");

    public ValueTask<QueueRange> GetRangeAsync(MessageQueue queue, CancellationToken cancellationToken)
    {
        ThrowIfDown();
        if (Away.Contains(queue.Index))
        {
            throw new MessageLogException($"Queue {queue}: its broker is away.");
        }

        lock (_lock)
        {
            return ValueTask.FromResult(new QueueRange(0, _stored[queue].Count - _hidden.GetValueOrDefault(queue)));
        }
    }

    public ValueTask<bool> TryRaiseEndAsync(MessageQueue queue, long offset, CancellationToken cancellationToken) => ValueTask.FromResult(false);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Messages of a queue from an offset on, or null.</summary>
    public MessageBatch? Read(MessageQueue queue, long offset, int max)
    {
        ThrowIfDown();
        lock (_lock)
        {
            var messages = _stored[queue].Skip((int)offset).Take(max).ToList();
            return messages.Count == 0 ? null : ToBatch(queue, messages, offset);
        }
    }

    /// <summary>All messages of a topic in the order of their appends.</summary>
    public IReadOnlyList<Stored> Messages(string topic)
    {
        lock (_lock)
        {
            return [.. _topics[topic].SelectMany(queue => _stored[queue]).OrderBy(message => message.Number)];
        }
    }

    /// <summary>Appends that wait.</summary>
    public int PendingCount
    {
        get
        {
            lock (_lock)
            {
                return _pending.Count;
            }
        }
    }

    /// <summary>The producing process dies: what was not stored is gone, and nobody hears of it.</summary>
    public void LosePending()
    {
        lock (_lock)
        {
            _pending.Clear();
        }
    }

    /// <summary>The newest message of each queue of a topic is gone.</summary>
    public void LoseTail(string topic)
    {
        lock (_lock)
        {
            foreach (var stored in _topics[topic].Select(queue => _stored[queue]).Where(stored => stored.Count > 0))
            {
                stored.RemoveAt(stored.Count - 1);
            }
        }
    }

    /// <summary>What is appended now is stored, and not counted in the ends until <see cref="ShowTail"/>.</summary>
    public void HideTail(string topic, Action append)
    {
        var before = _topics[topic].ToDictionary(queue => queue, queue => _stored[queue].Count);
        append();
        foreach (var (queue, count) in before)
        {
            _hidden[queue] = _stored[queue].Count - count;
        }
    }

    /// <summary>The ends count everything again.</summary>
    public void ShowTail() => _hidden.Clear();

    private void ThrowIfDown()
    {
        if (IsDown)
        {
            throw new MessageLogException("The log is down.");
        }
    }

    private void Append(string topic, in OutgoingMessage message, IAppendSink sink, AppendToken token)
    {
        var pending = new Pending(topic, message.Key.ToArray(), message.Tag.ToArray(), message.Properties.ToArray(), message.Body.ToArray(), sink, token);
        lock (_lock)
        {
            _pending.Add(pending);
        }

        if (!IsDown && !IsReadOnly)
        {
            Flush();
        }
    }

    private void Flush()
    {
        List<(Pending Pending, int Queue, long Offset)> done = [];
        lock (_lock)
        {
            foreach (var pending in _pending.Where(pending => !Full.Contains(QueueSelector.Select(pending.Key, queueCount))).ToList())
            {
                _pending.Remove(pending);
                var queue = _topics[pending.Topic][QueueSelector.Select(pending.Key, queueCount)];
                _stored[queue].Add(new Stored(
                    _stored.Values.Sum(list => list.Count), clock.GetUtcNow().ToUnixTimeMilliseconds(), pending.Key, pending.Tag, pending.Properties, pending.Body));
                done.Add((pending, queue.Index, _stored[queue].Count - 1));
            }
        }

        foreach (var (pending, queue, offset) in done)
        {
            pending.Sink.OnOutcomes([new AppendOutcome(pending.Token, AppendStatus.Stored, queue, offset, 0)]);
        }
    }

    private void Abandon(long owner)
    {
        List<Pending> abandoned;
        lock (_lock)
        {
            abandoned = [.. _pending.Where(pending => pending.Token.Owner == owner)];
            _pending.RemoveAll(abandoned.Contains);
        }

        foreach (var pending in abandoned)
        {
            pending.Sink.OnOutcomes([new AppendOutcome(pending.Token, AppendStatus.Abandoned, 0, -1, 0)]);
        }
    }

    private static MessageBatch ToBatch(MessageQueue queue, List<Stored> messages, long offset)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(messages.Sum(m => m.Key.Length + m.Tag.Length + m.Properties.Length + m.Body.Length) + 1);
        var records = ArrayPool<MessageRecord>.Shared.Rent(messages.Count);
        var length = 0;
        for (var i = 0; i < messages.Count; i++)
        {
            records[i] = new MessageRecord
            {
                Offset = offset + i,
                StoreTime = messages[i].StoreTime,
                Key = Put(messages[i].Key),
                Tag = Put(messages[i].Tag),
                Properties = Put(messages[i].Properties),
                Body = Put(messages[i].Body),
            };
        }

        return new MessageBatch(queue, buffer, records, messages.Count);

        BufferRange Put(byte[] bytes)
        {
            bytes.CopyTo(buffer, length);
            length += bytes.Length;
            return new BufferRange(length - bytes.Length, bytes.Length);
        }
    }

    public sealed record Stored(long Number, long StoreTime, byte[] Key, byte[] Tag, byte[] Properties, byte[] Body)
    {
        public string KeyText => Encoding.UTF8.GetString(Key);

        public string TagText => Encoding.UTF8.GetString(Tag);

        public string BodyText => Encoding.UTF8.GetString(Body);

        public string? Property(ReadOnlySpan<byte> name) => new MessageProperties(Properties).GetString(name);
    }

    private sealed record Pending(string Topic, byte[] Key, byte[] Tag, byte[] Properties, byte[] Body, IAppendSink Sink, AppendToken Token);

    private sealed class Producer(FakeMessageLog log, string topic) : IMessageProducer
    {
        public string Topic => topic;

        public int MaxBodyLength => 4 * 1024 * 1024;

        public AppendAdmission Append(in OutgoingMessage message, IAppendSink sink, AppendToken token, AppendBudget budget = AppendBudget.Queue)
        {
            log.Append(topic, message, sink, token);
            return AppendAdmission.Taken;
        }

        public void Abandon(long owner) => log.Abandon(owner);
    }
}
