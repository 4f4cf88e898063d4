using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Messaging.Staging;

namespace Telematics.Messaging.Embedded;

/// <summary>The message log as files in one folder, in this process: SQLite segments behind one group-committing writer.</summary>
internal sealed partial class EmbeddedMessageLog(IOptions<EmbeddedLogOptions> options, TimeProvider time, ILogger<EmbeddedMessageLog> logger, MessagingMetrics metrics) : IMessageLog, IDisposable
{
    private const string Broker = "embedded";
    private const int ProducerInstanceLength = 10;
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, EmbeddedTopic> _topics = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Group, string Topic), ConsumerGroup> _groups = new();
    private readonly CancellationTokenSource _closed = new();
    private OpenParts? _parts;
    private bool _disposed;

    public string Identity => Parts.Context.Catalogue.Identity;

    public string DurabilityDescription =>
        "committed to a file of this machine with SQLite's write-ahead log; survives the death of the process, but in a power cut the last seconds may be lost";

    // A segment goes as a whole, when its newest message is too old.
    public TimeSpan? LongestRetention => options.Value.RetentionAge + (options.Value.RetentionAge / EmbeddedLogContext.SegmentsPerRetentionAge) + options.Value.RetentionInterval;

    /// <summary>The parts, once it is open.</summary>
    internal EmbeddedLogContext Context => Parts.Context;

    /// <summary>For tests that do not wait for the timer.</summary>
    internal void RunUpkeep() => Parts.Keeper.RunUpkeep();

    private OpenParts Parts => Volatile.Read(ref _parts)
        ?? throw new MessageLogException(_disposed ? "The message log is closed." : "The message log is not open yet.");

    /// <summary>Opens the folder and recovers what is in it.</summary>
    /// <exception cref="MessageLogException">The folder cannot be used; the text says why and what to do.</exception>
    public void Open()
    {
        lock (_gate)
        {
            if (_parts is not null)
            {
                return;
            }

            ObjectDisposedException.ThrowIf(_disposed, this);
            var directory = options.Value.Directory;
            try
            {
                Directory.CreateDirectory(directory);
                OpenFiles(directory);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or SqliteException)
            {
                throw new MessageLogException($"Message log {directory}: {fault.Message}", fault);
            }
        }
    }

    public ValueTask DeclareTopicAsync(TopicDeclaration topic, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(topic);
        var parts = Parts;
        if (!TopicName().IsMatch(topic.Name) || topic.Queues is < 1 or > 64)
        {
            throw new MessageLogException($"Topic '{topic.Name}' with {topic.Queues} queues: a name is 1 to 127 of [A-Za-z0-9_%|-], queues are 1 to 64.");
        }

        lock (_gate)
        {
            if (!_disposed && !_topics.ContainsKey(topic.Name))
            {
                try
                {
                    AddTopic(parts, topic.Name, parts.Context.Catalogue.AddTopic(topic.Name, topic.Queues ?? options.Value.QueuesPerTopic), []);
                }
                catch (SqliteException fault)
                {
                    throw new MessageLogException($"Topic '{topic.Name}' cannot be made: {fault.Message}", fault);
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    public IReadOnlyList<MessageQueue> GetQueues(string topic) => Topic(topic).MessageQueues;

    public IMessageProducer GetProducer(string topic) => Topic(topic);

    public IQueueReader OpenReader(MessageQueue queue, TagFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var parts = Parts;
        return new EmbeddedQueueReader(Queue(queue), filter, parts.Context, parts.Deadlines, _closed.Token);
    }

    public async ValueTask<IConsumerGroupMember> JoinGroupAsync(string group, string topic, IAssignmentListener listener, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(listener);
        if (!GroupName().IsMatch(group))
        {
            throw new MessageLogException($"Consumer group '{group}': a name is 1 to 120 of [A-Za-z0-9_%|-].");
        }

        var joined = _groups.GetOrAdd((group, topic), key => new ConsumerGroup(key.Group, Topic(key.Topic), logger));
        var joining = joined.JoinAsync(listener);
        try
        {
            return await joining.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The caller is gone: a member that nobody holds must not keep queues.
            _ = joining.ContinueWith(static (task, state) => ((ConsumerGroup)state!).LeaveAsync(task.Result), joined, CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }

    public ValueTask<QueueRange> GetRangeAsync(MessageQueue queue, CancellationToken cancellationToken) => new(Queue(queue).Range);

    public async ValueTask<bool> TryRaiseEndAsync(MessageQueue queue, long offset, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var raised = Queue(queue);
        var commit = Parts.Commit;
        try
        {
            return await commit.RunAsync(() =>
            {
                commit.RaiseEnd(raised, offset);
                return true;
            }).WaitAsync(cancellationToken);
        }
        catch (SqliteException fault)
        {
            throw new MessageLogException($"Queue {queue}: its end cannot be raised to {offset}: {fault.Message}", fault);
        }
    }

    /// <summary>Takes no more appends, writes what is staged, gives all outcomes and closes the files.</summary>
    public void Dispose()
    {
        OpenParts? parts;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            parts = _parts;
            foreach (var queue in parts?.Context.Queues.Values ?? [])
            {
                queue.Close();
            }
        }

        if (parts is not null)
        {
            parts.Commit.Dispose();
            _closed.Cancel();
            parts.Close();
            Volatile.Write(ref _parts, null);
            logger.LogClosed(options.Value.Directory);
        }

        // The token source is not disposed: readers may still look at it.
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private IEnumerable<Measurement<long>> MeasureLags() =>
        _groups.Values.Select(group => new Measurement<long>(group.Lag, new("group", group.Name), new("topic", group.Topic)));

    private void OpenFiles(string directory)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var catalogue = new Catalogue(directory, now);
        try
        {
            var segments = new SegmentStore(directory, logger);
            var ends = segments.Load();
            var stored = RaiseWhenDamaged(catalogue, segments, ends);
            var context = new EmbeddedLogContext(options.Value, time, logger, metrics, catalogue, segments, RandomNumberGenerator.GetBytes(ProducerInstanceLength));
            var keeper = new SegmentKeeper(context);
            var delivery = new OutcomeDelivery(logger);
            var lastStoreTime = segments.All.Select(segment => segment.LastStoreTime).DefaultIfEmpty().Max();
            var commit = new GroupCommit(context, keeper, delivery, segments.TakeNewest(stored), lastStoreTime);
            var parts = new OpenParts(context, commit, keeper, delivery, new ReadDeadlines(time));
            foreach (var topic in stored.GroupBy(queue => queue.Topic, StringComparer.Ordinal))
            {
                AddTopic(parts, topic.Key, [.. topic.OrderBy(queue => queue.Index)], ends);
            }

            segments.ReportGaps(context);
            keeper.Start(() => commit.Order(commit.Roll));
            commit.Start();
            metrics.Observe(() => context.Queues.Values.Sum(queue => queue.PendingBytes), () => keeper.BytesOnDisk, MeasureLags);
            Volatile.Write(ref _parts, parts);
            logger.LogOpened(directory, catalogue.Identity, _topics.Count, segments.All.Count, segments.All.Sum(segment => segment.BytesOnDisk), DurabilityDescription);
        }
        catch
        {
            catalogue.Dispose();
            throw;
        }
    }

    // Where the end of a queue cannot be read any more, all go on above whatever it may have been, now and at later openings.
    private static List<CatalogueQueue> RaiseWhenDamaged(Catalogue catalogue, SegmentStore segments, Dictionary<int, long> ends)
    {
        var queues = catalogue.ReadQueues();
        if (!segments.IsDamaged)
        {
            return queues;
        }

        catalogue.RaiseFloors(queues.Select(queue =>
            new KeyValuePair<int, long>(queue.Number, Math.Max(queue.Floor, ends.GetValueOrDefault(queue.Number)) + SegmentStore.DamageMargin)));
        return catalogue.ReadQueues();
    }

    private void AddTopic(OpenParts parts, string topic, List<CatalogueQueue> stored, Dictionary<int, long> ends)
    {
        var queues = new EmbeddedQueue[stored.Count];
        for (var index = 0; index < queues.Length; index++)
        {
            var (number, _, _, floor) = stored[index];
            var queue = new EmbeddedQueue(number, new MessageQueue(topic, Broker, index, index), options.Value.QueueBudgetBytes);
            var end = Math.Max(floor, ends.GetValueOrDefault(number));
            queue.Load(parts.Context.Segments.FirstOffset(number) ?? end, end);
            parts.Context.Queues[number] = queue;
            queues[index] = queue;
        }

        _topics[topic] = new EmbeddedTopic(topic, queues, parts.Context, parts.Commit, parts.Delivery);
    }

    private EmbeddedTopic Topic(string topic)
    {
        _ = Parts;
        return _topics.TryGetValue(topic, out var found)
            ? found
            : throw new MessageLogException($"Topic '{topic}' was not declared.");
    }

    private EmbeddedQueue Queue(MessageQueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        var topic = Topic(queue.Topic);
        return queue.Index < topic.Queues.Length && topic.Queues[queue.Index].Queue == queue
            ? topic.Queues[queue.Index]
            : throw new MessageLogException($"Queue {queue} is none of this log's.");
    }

    [GeneratedRegex(@"^[A-Za-z0-9_%|-]{1,127}\z")]
    private static partial Regex TopicName();

    [GeneratedRegex(@"^[A-Za-z0-9_%|-]{1,120}\z")]
    private static partial Regex GroupName();

    private sealed record OpenParts(EmbeddedLogContext Context, GroupCommit Commit, SegmentKeeper Keeper, OutcomeDelivery Delivery, ReadDeadlines Deadlines)
    {
        public void Close()
        {
            Keeper.Dispose();
            Deadlines.Dispose();
            Context.Segments.Close();
            Context.Catalogue.Dispose();
        }
    }
}
