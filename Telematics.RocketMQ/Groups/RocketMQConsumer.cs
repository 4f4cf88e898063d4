using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Messaging;
using Telematics.RocketMQ.Reading;
using Telematics.RocketMQ.Remoting;
using Telematics.RocketMQ.Routing;

namespace Telematics.RocketMQ.Groups;

/// <summary>
/// Consumes a topic as a member of a group, alone or beside others, Java's push consumers too. Each queue's messages come one after
/// the other in their order, different queues at the same time. At least once: a message comes again when a member ends, or a queue
/// changes hands, before its offset is in the broker.
/// </summary>
public sealed class RocketMQConsumer : IAsyncDisposable
{
    private const string RetryPrefix = "%RETRY%";

    private readonly RemotingClient _client;
    private readonly RouteTable _routes;
    private readonly RemotingClient? _memberClient;
    private readonly GroupMembership? _membership;
    private readonly BroadcastConsumption? _broadcast;

    private RocketMQConsumer(
        RocketMQOptions connection,
        RocketMQConsumerOptions options,
        Func<RocketMQReceivedMessage, CancellationToken, ValueTask<ConsumeResult>> handler,
        ILoggerFactory loggers,
        IMeterFactory meters,
        TimeProvider time)
    {
        var wrapped = Options.Create(connection);
        var remotingMetrics = new RemotingMetrics(meters);
        _client = new RemotingClient(wrapped, time, loggers.CreateLogger<RemotingClient>(), remotingMetrics);
        _routes = new RouteTable(new NameServers(_client, wrapped, loggers.CreateLogger<NameServers>()), time, loggers.CreateLogger<RouteTable>());
        var logger = loggers.CreateLogger<RocketMQConsumer>();
        var reading = new ReadingContext(_client, _routes, connection, time, logger, new ReadingMetrics(meters));
        if (options.Mode == ConsumeMode.Broadcasting)
        {
            _broadcast = new BroadcastConsumption(new ConsumerContext(options, handler, reading, new GroupContext(_client, _routes, connection, time, logger)));
            return;
        }

        _memberClient = new RemotingClient(wrapped, time, loggers.CreateLogger<RemotingClient>(), remotingMetrics);
        var group = new GroupContext(_memberClient, _routes, connection, time, logger);
        var context = new ConsumerContext(options, handler, reading, group);
        var start = new StartOffset(options, group);
        _membership = new GroupMembership(options.Group, "CLUSTERING", ConsumeFromName(options.From), [Subscribe(options.Topic, options.Tags), Subscribe(RetryPrefix + options.Group, TagFilter.All)], group);

        GroupSubscription Subscribe(string topic, TagFilter tags) => new(
            topic,
            new TagExpression(tags),
            cancellationToken => RouteQueues.GetAsync(_routes, topic, cancellationToken),
            new QueueConsumers(tags, context, start, (queue, offset) => _membership!.ReportProgress(queue, offset)));
    }

    /// <summary>Starts consuming; in clustering mode it is a member of its group when this ends.</summary>
    /// <param name="connection">How to reach the cluster.</param>
    /// <param name="options">What to consume.</param>
    /// <param name="handler">Takes each message. Its token is cancelled when the queue goes to another member or the consumer is disposed; an exception counts as <see cref="ConsumeResult.Later"/>.</param>
    /// <param name="loggers">For its log.</param>
    /// <param name="meters">For its metrics.</param>
    /// <param name="time">For its time-outs.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="MessageLogException">The topic does not exist, or a broker refuses the member.</exception>
    /// <exception cref="ArgumentException">A setting is out of its range; the text names it.</exception>
    public static async Task<RocketMQConsumer> StartAsync(
        RocketMQOptions connection,
        RocketMQConsumerOptions options,
        Func<RocketMQReceivedMessage, CancellationToken, ValueTask<ConsumeResult>> handler,
        ILoggerFactory loggers,
        IMeterFactory meters,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(handler);
        if (!Records.SystemTopics.IsName(options.Topic))
        {
            throw new ArgumentException($"Topic '{options.Topic}' has to be 1 to {Records.SystemTopics.MaxNameLength} of A-Z a-z 0-9 _ - % |.", nameof(options));
        }

        // With the retry topic's prefix a group's name has to be a topic's.
        if (options.Group.Length > 120 || !Records.SystemTopics.IsName(options.Group))
        {
            throw new ArgumentException($"Group '{options.Group}' has to be 1 to 120 of A-Z a-z 0-9 _ - % |.", nameof(options));
        }

        if (options.MaxReconsumeTimes is < 1 or > 100)
        {
            throw new ArgumentException($"MaxReconsumeTimes has to be 1 to 100, not {options.MaxReconsumeTimes}.", nameof(options));
        }

        var consumer = new RocketMQConsumer(connection, options, handler, loggers, meters, time);
        try
        {
            await consumer.StartAsync(options, cancellationToken);
            return consumer;
        }
        catch
        {
            await consumer.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the work on all queues, stores the offsets, and leaves the group.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_membership is not null)
        {
            await _membership.DisposeAsync();
        }

        if (_broadcast is not null)
        {
            await _broadcast.DisposeAsync();
        }

        if (_memberClient is not null)
        {
            await _memberClient.DisposeAsync();
        }

        await _routes.DisposeAsync();
        await _client.DisposeAsync();
    }

    private async Task StartAsync(RocketMQConsumerOptions options, CancellationToken cancellationToken)
    {
        if (_broadcast is not null)
        {
            await _broadcast.StartAsync(cancellationToken);
            return;
        }

        if (await RouteQueues.GetAsync(_routes, options.Topic, cancellationToken) is null)
        {
            throw new MessageLogException($"Topic '{options.Topic}' has no route: it does not exist. Create it: mqadmin updateTopic -n <name server> -c <cluster> -t {options.Topic}");
        }

        await _membership!.JoinAsync(cancellationToken);
    }

    private static string ConsumeFromName(ConsumeFrom from) => from switch
    {
        ConsumeFrom.First => "CONSUME_FROM_FIRST_OFFSET",
        ConsumeFrom.Timestamp => "CONSUME_FROM_TIMESTAMP",
        _ => "CONSUME_FROM_LAST_OFFSET",
    };
}
