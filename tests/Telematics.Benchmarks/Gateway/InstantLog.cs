using Telematics.Messaging;

namespace Telematics.Benchmarks.Gateway;

/// <summary>A log that keeps nothing and answers at once: what is left is the gateway.</summary>
internal sealed class InstantLog : IMessageLog
{
    public string Identity => "instant";

    public string DurabilityDescription => "nothing is stored";

    public ValueTask DeclareTopicAsync(TopicDeclaration topic, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public IReadOnlyList<MessageQueue> GetQueues(string topic) => [new MessageQueue(topic, "instant", 0, 0)];

    public IMessageProducer GetProducer(string topic) => new Producer(topic);

    public IQueueReader OpenReader(MessageQueue queue, TagFilter filter) => new Reader(queue);

    public ValueTask<IConsumerGroupMember> JoinGroupAsync(string group, string topic, IAssignmentListener listener, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<QueueRange> GetRangeAsync(MessageQueue queue, CancellationToken cancellationToken) => ValueTask.FromResult(new QueueRange(0, 0));

    public ValueTask<bool> TryRaiseEndAsync(MessageQueue queue, long offset, CancellationToken cancellationToken) => ValueTask.FromResult(true);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Producer(string topic) : IMessageProducer
    {
        public string Topic => topic;

        public int MaxBodyLength => 1 << 20;

        public AppendAdmission Append(in OutgoingMessage message, IAppendSink sink, AppendToken token, AppendBudget budget)
        {
            sink.OnOutcomes([new AppendOutcome(token, AppendStatus.Stored, 0, 0, 0)]);
            return AppendAdmission.Taken;
        }

        public void Abandon(long owner)
        {
            // Everything has its outcome already.
        }
    }

    private sealed class Reader(MessageQueue queue) : IQueueReader
    {
        public MessageQueue Queue => queue;

        public async ValueTask<ReadResult> ReadAsync(long offset, int maxMessages, int maxBytes, TimeSpan wait, CancellationToken cancellationToken)
        {
            await Task.Delay(wait, cancellationToken);
            return new ReadResult(ReadStatus.Nothing, null, offset, offset);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
