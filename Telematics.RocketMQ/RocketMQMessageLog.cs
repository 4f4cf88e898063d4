using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Messaging;
using Telematics.Messaging.Staging;
using Telematics.RocketMQ.Administration;
using Telematics.RocketMQ.Groups;
using Telematics.RocketMQ.Producing;
using Telematics.RocketMQ.Reading;
using Telematics.RocketMQ.Records;
using Telematics.RocketMQ.Remoting;
using Telematics.RocketMQ.Routing;

namespace Telematics.RocketMQ;

/// <summary>A RocketMQ cluster as the message log.</summary>
internal sealed class RocketMQMessageLog : IMessageLog
{
    private const int MaxGroupLength = 120;
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, DeclaredTopic> _topics = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _declaring = new(1);
    private readonly IOptions<RocketMQOptions> _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ILoggerFactory _loggers;
    private readonly RemotingMetrics _remotingMetrics;
    private readonly RemotingClient _client;
    private readonly RouteTable _routes;
    private readonly AdministrationContext _administration;
    private readonly ProducingContext _producing;
    private readonly ReadingContext _reading;
    private OpenCluster? _cluster;
    private int _isClosed;

    public RocketMQMessageLog(IOptions<RocketMQOptions> options, TimeProvider time, ILoggerFactory loggers, RemotingMetrics remotingMetrics, ProducingMetrics producingMetrics, ReadingMetrics readingMetrics)
    {
        _options = options;
        _time = time;
        _loggers = loggers;
        _logger = loggers.CreateLogger<RocketMQMessageLog>();
        _remotingMetrics = remotingMetrics;
        _client = CreateClient();
        var nameServers = new NameServers(_client, options, loggers.CreateLogger<NameServers>());
        _routes = new RouteTable(nameServers, time, loggers.CreateLogger<RouteTable>());
        _client.ConnectionLost += _routes.RefreshAt;
        _administration = new(_client, nameServers, _routes, options.Value, time, loggers.CreateLogger<TopicAdministration>());
        var producing = loggers.CreateLogger<RocketMQProducer>();
        var ends = new StoredEnds(time);
        _producing = new(options.Value, time, producing, producingMetrics, new OutcomeDelivery(producing), queue => new RemotingBatchTransport(queue, _client, _routes, options.Value.RequestTimeout)) { StoredEnds = ends };
        _reading = new(_client, _routes, options.Value, time, loggers.CreateLogger<RocketMQQueueReader>(), readingMetrics) { StoredEnds = ends };
    }

    public string Identity => Cluster.Identity;

    public string DurabilityDescription => Cluster.Durability;

    private OpenCluster Cluster => _isClosed == 0 ? Volatile.Read(ref _cluster) ?? throw new MessageLogException("The message log is not open yet.") : throw Closed();

    /// <summary>Finds the cluster.</summary>
    /// <exception cref="MessageLogException">It is not there, or the settings do not fit it; the text says what to do.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (_cluster is null)
        {
            _cluster = await OpenCluster.FindAsync(_administration, cancellationToken);
            _logger.LogOpened(_options.Value.NameServers, _cluster.Identity, string.Join(", ", _cluster.Brokers), _cluster.Durability);
        }
    }

    public async ValueTask DeclareTopicAsync(TopicDeclaration topic, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(topic);
        var cluster = Cluster;
        if (topic.Queues is < 1 or > 64)
        {
            throw new MessageLogException($"Topic '{topic.Name}' with {topic.Queues} queues: 1 to 64 are possible.");
        }

        await _declaring.WaitAsync(cancellationToken);
        try
        {
            if (!_topics.ContainsKey(topic.Name))
            {
                var layout = QueueLayout.Of(topic.Queues, cluster.Brokers, _options.Value.QueuesPerBroker);
                await new TopicAdministration(_administration).EnsureAsync(topic.Name, layout, cancellationToken);
                var queues = layout.QueuesOf(topic.Name);
                await new GroupAdministration(_administration).EnsureAsync(_options.Value.ReaderGroup, queues, cancellationToken);
                _topics[topic.Name] = new(queues, new Lazy<RocketMQProducer>(() => new(topic.Name, queues, _producing)));
            }
        }
        catch (RemotingException fault)
        {
            throw new MessageLogException($"Topic '{topic.Name}' cannot be looked after: {fault.Message}", fault);
        }
        finally
        {
            _declaring.Release();
        }
    }

    public IReadOnlyList<MessageQueue> GetQueues(string topic) => Topic(topic).Queues;

    public IMessageProducer GetProducer(string topic) => Topic(topic).Producer.Value;

    public IQueueReader OpenReader(MessageQueue queue, TagFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        Check(queue);
        return new RocketMQQueueReader(queue, _options.Value.ReaderGroup, filter, _reading);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// RocketMQ wants all members of a group to have the same topics, so the group that its tools show is
    /// <paramref name="group"/><c>_</c><paramref name="topic"/>.
    /// </remarks>
    public async ValueTask<IConsumerGroupMember> JoinGroupAsync(string group, string topic, IAssignmentListener listener, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(listener);
        var queues = Topic(topic).Queues;
        var brokerGroup = $"{group}_{topic}";
        if (group.Length == 0 || !SystemTopics.IsName(group) || brokerGroup.Length > MaxGroupLength)
        {
            throw new MessageLogException($"Consumer group '{group}': a name is of [A-Za-z0-9_%|-] and, with '_' and the topic's name '{topic}', of 3 to {MaxGroupLength} signs.");
        }

        try
        {
            await new GroupAdministration(_administration).EnsureAsync(brokerGroup, queues, cancellationToken);
            var context = new GroupContext(CreateClient(), _routes, _options.Value, _time, _loggers.CreateLogger<RocketMQGroupMember>());
            return new Member(group, await RocketMQGroupMember.JoinAsync(brokerGroup, topic, queues, listener, context, cancellationToken));
        }
        catch (RemotingException fault)
        {
            throw new MessageLogException($"Consumer group '{brokerGroup}' cannot be joined: {fault.Message}", fault);
        }
    }

    public async ValueTask<QueueRange> GetRangeAsync(MessageQueue queue, CancellationToken cancellationToken)
    {
        Check(queue);
        var began = _time.GetTimestamp();
        while (true)
        {
            try
            {
                var end = await _reading.GetEndAsync(queue, cancellationToken);
                var begin = await _reading.Offsets.GetMinAsync(queue, cancellationToken);
                return new(Math.Clamp(begin, 0, end), end);
            }
            catch (RemotingException fault)
            {
                if (fault.Fault == RemotingFault.Closed)
                {
                    throw Closed();
                }

                if (_time.GetElapsedTime(began) > _options.Value.RequestTimeout)
                {
                    throw new MessageLogException($"Queue {queue}: its range is not to be had: {fault.Message}", fault);
                }

                await Task.Delay(RetryInterval, _time, cancellationToken);
                await _routes.RefreshAsync(queue.Topic, cancellationToken);
            }
        }
    }

    /// <summary>RocketMQ gives offsets itself.</summary>
    public ValueTask<bool> TryRaiseEndAsync(MessageQueue queue, long offset, CancellationToken cancellationToken) => new(false);

    /// <summary>Takes no more appends, sends what is staged, gives all outcomes and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 1)
        {
            return;
        }

        await Task.WhenAll(_topics.Values.Where(topic => topic.Producer.IsValueCreated).Select(topic => topic.Producer.Value.CloseAsync()));
        await _routes.DisposeAsync();
        await _client.DisposeAsync();
        _logger.LogClosed(_options.Value.NameServers);
    }

    private RemotingClient CreateClient() => new(_options, _time, _loggers.CreateLogger<RemotingClient>(), _remotingMetrics);

    private DeclaredTopic Topic(string topic)
    {
        _ = Cluster;
        return _topics.TryGetValue(topic, out var found) ? found : throw new MessageLogException($"Topic '{topic}' was not declared.");
    }

    private void Check(MessageQueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        var queues = Topic(queue.Topic).Queues;
        if (queue.Index >= queues.Count || queues[queue.Index] != queue)
        {
            throw new MessageLogException($"Queue {queue} is none of this log's.");
        }
    }

    private static MessageLogException Closed() => new("The message log is closed.");

    private sealed record DeclaredTopic(IReadOnlyList<MessageQueue> Queues, Lazy<RocketMQProducer> Producer);

    /// <summary>Under the name that its owner knows.</summary>
    private sealed class Member(string group, RocketMQGroupMember member) : IConsumerGroupMember
    {
        public string Group => group;

        public void ReportProgress(MessageQueue queue, long nextOffset) => member.ReportProgress(queue, nextOffset);

        public ValueTask DisposeAsync() => member.DisposeAsync();
    }
}
