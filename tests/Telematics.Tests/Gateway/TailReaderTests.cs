using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Telematics.Gateway.Topics;
using Telematics.Messaging;
using Telematics.Tests.Storage;
using Xunit;

namespace Telematics.Tests.Gateway;

public sealed class TailReaderTests
{
    private static readonly MessageQueue Queue = new("command", "fake", 0, 0);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_begins_at_the_end_and_goes_on_behind_each_batch()
    {
        var log = new ScriptedLog(end: 40, Messages("a", next: 42), Messages("b", next: 50), Nothing(next: 55));
        Assert.Equal(["a", "b"], await ReadAllAsync(log));
        Assert.Equal([40, 42, 50, 55], log.Offsets.Take(4));
    }

    [Fact]
    public async Task It_goes_on_at_the_beginning_of_a_trimmed_queue_and_at_the_end_of_a_shorter_one()
    {
        var log = new ScriptedLog(end: 40, new ReadResult(ReadStatus.Trimmed, null, 90, 99), new ReadResult(ReadStatus.BeyondEnd, null, 0, 7), Messages("a", next: 8));
        Assert.Equal(["a"], await ReadAllAsync(log));
        Assert.Equal([40, 90, 7, 8], log.Offsets.Take(4));
    }

    [Fact]
    public async Task It_outlives_a_log_that_cannot_be_read_with_one_reader_that_knows_what_it_has_read()
    {
        var log = new ScriptedLog(end: 40, null, null, Messages("a", next: 41));
        Assert.Equal(["a"], await ReadAllAsync(log));
        Assert.Equal([40, 40, 40, 41], log.Offsets.Take(4));
        Assert.Single(log.OpenedFilters);
    }

    [Fact]
    public async Task What_its_producer_sent_again_after_a_lost_answer_is_marked()
    {
        var log = new MemoryMessageLog();
        await log.DeclareTopicAsync(new TopicDeclaration("command"), Token);
        var sink = new KeepingSink();
        var reader = new TailReader(log, log.GetQueues("command")[0], sink, TimeProvider.System, NullLogger.Instance);
        await reader.SeekToEndAsync(TagFilter.All, Token);
        byte[] producer = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
        log.Append("command", "a", [], producer: producer, number: 7);
        log.Append("command", "b", [], producer: producer, number: 8);
        log.Append("command", "a", [], producer: producer, number: 7);
        log.Append("command", "b", [], producer: producer, number: 8);
        log.Append("command", "c", [], producer: producer, number: 9);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var run = reader.RunAsync(stop.Token);
        Assert.True(await sink.HasAsync(5));
        await stop.CancelAsync();
        await run;
        Assert.Equal(["a", "b", "again: a", "again: b", "c"], sink.Keys);
    }

    [Fact]
    public async Task Its_filter_is_exchanged_without_a_gap()
    {
        var log = new ScriptedLog(end: 40, Messages("a", next: 41));
        var reader = new TailReader(log, Queue, new KeepingSink(), TimeProvider.System, NullLogger.Instance);
        await reader.SeekToEndAsync(TagFilter.AnyOf("old"), Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var run = reader.RunAsync(stop.Token);
        await log.IsDrained.WaitAsync(Token);
        await reader.ChangeFilterAsync(TagFilter.AnyOf("new")).WaitAsync(TimeSpan.FromSeconds(10), Token);
        await stop.CancelAsync();
        await run;
        Assert.Equal(["old", "new"], log.OpenedFilters.Select(filter => Assert.Single(filter.Tags)));
        Assert.Equal(40, log.Offsets.First());
        Assert.All(log.Offsets.Skip(1), offset => Assert.Equal(41, offset));
    }

    private static async Task<IEnumerable<string>> ReadAllAsync(ScriptedLog log)
    {
        var sink = new KeepingSink();
        var reader = new TailReader(log, Queue, sink, TimeProvider.System, NullLogger.Instance);
        await reader.SeekToEndAsync(TagFilter.All, Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var run = reader.RunAsync(stop.Token);
        await log.IsDrained.WaitAsync(TimeSpan.FromSeconds(20), Token);
        await stop.CancelAsync();
        await run;
        return sink.Keys;
    }

    private static ReadResult Messages(string key, long next) => new(
        ReadStatus.Messages, MessageBatches.Of([new AppendedMessage("command", key, string.Empty, new Dictionary<string, string>(), [], default)], TimeProvider.System), next, next);

    private static ReadResult Nothing(long next) => new(ReadStatus.Nothing, null, next, next);

    private sealed class KeepingSink : ITailSink
    {
        private readonly SemaphoreSlim _kept = new(0);

        public List<string> Keys { get; } = [];

        public async Task<bool> HasAsync(int messages)
        {
            for (var i = 0; i < messages; i++)
            {
                if (!await _kept.WaitAsync(TimeSpan.FromSeconds(10)))
                {
                    return false;
                }
            }

            return true;
        }

        public ValueTask OnBatchAsync(MessageBatch batch, IReadOnlyList<bool> isRepeat, CancellationToken cancellationToken)
        {
            for (var i = 0; i < batch.Count; i++)
            {
                Keys.Add((isRepeat[i] ? "again: " : string.Empty) + Encoding.UTF8.GetString(batch[i].Key));
            }

            _kept.Release(batch.Count);
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Answers reads from a script; null is a fault, and behind the script there is nothing.</summary>
    private sealed class ScriptedLog(long end, params ReadResult?[] script) : IMessageLog, IQueueReader
    {
        private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _next;

        public Task IsDrained => _drained.Task;

        public ConcurrentQueue<long> Offsets { get; } = new();

        public ConcurrentQueue<TagFilter> OpenedFilters { get; } = new();

        public string Identity => "scripted";

        public string DurabilityDescription => "none";

        MessageQueue IQueueReader.Queue => TailReaderTests.Queue;

        public async ValueTask<ReadResult> ReadAsync(long offset, int maxMessages, int maxBytes, TimeSpan wait, CancellationToken cancellationToken)
        {
            Offsets.Enqueue(offset);
            if (_next < script.Length)
            {
                return script[_next++] ?? throw new MessageLogException("away");
            }

            _drained.TrySetResult();
            await Task.Delay(wait, cancellationToken);
            return Nothing(offset);
        }

        public IQueueReader OpenReader(MessageQueue queue, TagFilter filter)
        {
            OpenedFilters.Enqueue(filter);
            return this;
        }

        public ValueTask<QueueRange> GetRangeAsync(MessageQueue queue, CancellationToken cancellationToken) => ValueTask.FromResult(new QueueRange(0, end));

        public ValueTask DeclareTopicAsync(TopicDeclaration topic, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public IReadOnlyList<MessageQueue> GetQueues(string topic) => [TailReaderTests.Queue];

        public IMessageProducer GetProducer(string topic) => throw new NotSupportedException();

        public ValueTask<IConsumerGroupMember> JoinGroupAsync(string group, string topic, IAssignmentListener listener, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask<bool> TryRaiseEndAsync(MessageQueue queue, long offset, CancellationToken cancellationToken) => ValueTask.FromResult(true);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
