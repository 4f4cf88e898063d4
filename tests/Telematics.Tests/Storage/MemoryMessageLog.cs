using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using Telematics.Messaging;

namespace Telematics.Tests.Storage;

/// <summary>
/// A message log in memory whose faults the test causes: retention, a lost tail, another store, queues that move, reads
/// that fail. Messages are put where the test says.
/// </summary>
public sealed class MemoryMessageLog(int queueCount = 1) : IMessageLog
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, MessageQueue[]> _topics = [];
    private readonly Dictionary<MessageQueue, Stored> _stored = [];
    private readonly ConcurrentDictionary<(string Group, MessageQueue Queue), long> _reported = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _number;

    public string Identity { get; set; } = "memory";

    public string DurabilityDescription => "stored in memory";

    public bool CanRaiseEnd { get; set; } = true;

    /// <summary>While set, every read fails with it.</summary>
    public Exception? Fault { get; set; }

    /// <summary>Store time of the next message, milliseconds; it grows by one with each.</summary>
    public long Now { get; set; } = 1_764_000_000_000;

    /// <summary>The members of all groups, in the order in which they joined.</summary>
    public List<MemberUnderTest> Members { get; } = [];

    public IReadOnlyDictionary<(string Group, MessageQueue Queue), long> Reported => _reported;

    public ValueTask DeclareTopicAsync(TopicDeclaration topic, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_topics.ContainsKey(topic.Name))
            {
                _topics[topic.Name] = [.. Enumerable.Range(0, queueCount).Select(index => new MessageQueue(topic.Name, "memory", index, index))];
                foreach (var queue in _topics[topic.Name])
                {
                    _stored[queue] = new Stored();
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    public IReadOnlyList<MessageQueue> GetQueues(string topic)
    {
        lock (_lock)
        {
            return _topics[topic];
        }
    }

    public IMessageProducer GetProducer(string topic) => throw new NotSupportedException("Tests put messages with Append.");

    /// <summary>Stores a message in the queue of its key.</summary>
    public long Append(string topic, string key, byte[] body, string tag = "", byte[]? properties = null, byte[]? producer = null, long? number = null, int? queueIndex = null)
    {
        lock (_lock)
        {
            var keyBytes = Encoding.UTF8.GetBytes(key);
            var queue = _topics[topic][queueIndex ?? QueueSelector.Select(keyBytes, queueCount)];
            var stored = _stored[queue];
            var offset = stored.End++;
            stored.Messages[offset] = new Message(offset, Now++, keyBytes, Encoding.UTF8.GetBytes(tag), properties ?? [], body, producer ?? [], number ?? ++_number);
            Signal();
            return offset;
        }
    }

    /// <summary>Retention removes everything below an offset.</summary>
    public void Trim(MessageQueue queue, long begin)
    {
        lock (_lock)
        {
            var stored = _stored[queue];
            stored.Begin = begin;
            stored.Messages = new SortedDictionary<long, Message>(stored.Messages.Where(m => m.Key >= begin).ToDictionary());
        }
    }

    /// <summary>A power cut takes everything from an offset on.</summary>
    public void LoseTail(MessageQueue queue, long end)
    {
        lock (_lock)
        {
            var stored = _stored[queue];
            stored.End = end;
            stored.Messages = new SortedDictionary<long, Message>(stored.Messages.Where(m => m.Key < end).ToDictionary());
        }
    }

    /// <summary>Damages a message that is there.</summary>
    public void Damage(MessageQueue queue, UndecodableRecord record)
    {
        lock (_lock)
        {
            _stored[queue].Damaged[record.Offset] = record;
        }
    }

    public IQueueReader OpenReader(MessageQueue queue, TagFilter filter) => new Reader(this, queue);

    public ValueTask<IConsumerGroupMember> JoinGroupAsync(string group, string topic, IAssignmentListener listener, CancellationToken cancellationToken)
    {
        var member = new MemberUnderTest(this, group, listener);
        Members.Add(member);
        foreach (var queue in GetQueues(topic))
        {
            member.Assign(queue);
        }

        return ValueTask.FromResult<IConsumerGroupMember>(member);
    }

    public ValueTask<QueueRange> GetRangeAsync(MessageQueue queue, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var stored = _stored[queue];
            return ValueTask.FromResult(new QueueRange(stored.Begin, stored.End));
        }
    }

    public ValueTask<bool> TryRaiseEndAsync(MessageQueue queue, long offset, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (CanRaiseEnd)
            {
                _stored[queue].End = Math.Max(_stored[queue].End, offset);
            }

            return ValueTask.FromResult(CanRaiseEnd);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Signal()
    {
        var changed = _changed;
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }

    private async ValueTask<ReadResult> ReadAsync(MessageQueue queue, long offset, int maxMessages, TimeSpan wait, CancellationToken cancellationToken)
    {
        Task changed;
        lock (_lock)
        {
            if (Fault is { } fault)
            {
                throw fault;
            }

            var result = Read(queue, offset, maxMessages);
            if (result.Status != ReadStatus.Nothing || wait == TimeSpan.Zero)
            {
                return result;
            }

            changed = _changed.Task;
        }

        await Task.WhenAny(changed, Task.Delay(wait, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return Read(queue, offset, maxMessages);
        }
    }

    private ReadResult Read(MessageQueue queue, long offset, int maxMessages)
    {
        var stored = _stored[queue];
        if (offset < stored.Begin)
        {
            return new ReadResult(ReadStatus.Trimmed, null, stored.Begin, stored.End);
        }

        if (offset > stored.End)
        {
            return new ReadResult(ReadStatus.BeyondEnd, null, offset, stored.End);
        }

        if (stored.Damaged.TryGetValue(offset, out var damaged))
        {
            return new ReadResult(ReadStatus.Undecodable, null, offset + 1, stored.End) { Undecodable = damaged };
        }

        var messages = stored.Messages.Where(m => m.Key >= offset).TakeWhile(m => !stored.Damaged.ContainsKey(m.Key)).Take(maxMessages).Select(m => m.Value).ToList();
        return messages.Count == 0
            ? new ReadResult(ReadStatus.Nothing, null, offset, stored.End)
            : new ReadResult(ReadStatus.Messages, ToBatch(queue, messages), messages[^1].Offset + 1, stored.End);
    }

    private static MessageBatch ToBatch(MessageQueue queue, List<Message> messages)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(messages.Sum(m => m.Key.Length + m.Tag.Length + m.Properties.Length + m.Body.Length + m.Producer.Length));
        var records = ArrayPool<MessageRecord>.Shared.Rent(messages.Count);
        var length = 0;
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            records[i] = new MessageRecord
            {
                Offset = message.Offset,
                StoreTime = message.StoreTime,
                ProducerNumber = message.Number,
                Key = Put(message.Key),
                Tag = Put(message.Tag),
                Properties = Put(message.Properties),
                Body = Put(message.Body),
                ProducerInstance = Put(message.Producer),
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

    public sealed class MemberUnderTest(MemoryMessageLog log, string group, IAssignmentListener listener) : IConsumerGroupMember
    {
        public string Group => group;

        public void Assign(MessageQueue queue) => listener.OnAssigned(queue);

        public ValueTask RevokeAsync(MessageQueue queue) => listener.OnRevokedAsync(queue);

        public void ReportProgress(MessageQueue queue, long nextOffset) => log._reported[(group, queue)] = nextOffset;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Reader(MemoryMessageLog log, MessageQueue queue) : IQueueReader
    {
        public MessageQueue Queue => queue;

        public ValueTask<ReadResult> ReadAsync(long offset, int maxMessages, int maxBytes, TimeSpan wait, CancellationToken cancellationToken) =>
            log.ReadAsync(queue, offset, maxMessages, wait, cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Stored
    {
        public long Begin { get; set; }

        public long End { get; set; }

        public Dictionary<long, UndecodableRecord> Damaged { get; } = [];

        public SortedDictionary<long, Message> Messages { get; set; } = [];
    }

    private sealed record Message(long Offset, long StoreTime, byte[] Key, byte[] Tag, byte[] Properties, byte[] Body, byte[] Producer, long Number);
}
