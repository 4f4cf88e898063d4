using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Messaging;
using Telematics.RocketMQ.Records;
using Telematics.RocketMQ.Remoting;
using Telematics.RocketMQ.Routing;

namespace Telematics.RocketMQ.Producing;

/// <summary>
/// Sends messages one by one to any topic, with delays if wanted: for applications. Sends at the same time are not
/// ordered; who needs an order waits for each. Safe for any thread.
/// </summary>
public sealed class RocketMQSender : IAsyncDisposable
{
    // As Java's producer: once and twice more.
    private const int MaxAttempts = 3;

    private readonly RemotingClient _client;
    private readonly RouteTable _routes;
    private readonly RocketMQOptions _options;
    private readonly TimeProvider _time;
    private readonly ProducingMetrics _metrics;
    private readonly Lock _gate = new();
    private readonly ProducerNumbers _numbers;
    private uint _next = (uint)Random.Shared.Next();

    /// <param name="connection">How to reach the cluster; <see cref="RocketMQOptions.RequestTimeout"/> and <see cref="RocketMQOptions.CompressBodiesOver"/> apply.</param>
    /// <param name="loggers">Where to log.</param>
    /// <param name="meters">For the instruments.</param>
    /// <param name="time">The clock.</param>
    public RocketMQSender(RocketMQOptions connection, ILoggerFactory loggers, IMeterFactory meters, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _options = connection;
        _time = time;
        _metrics = new ProducingMetrics(meters);
        _numbers = new ProducerNumbers(time);
        var options = Options.Create(connection);
        _client = new RemotingClient(options, time, loggers.CreateLogger<RemotingClient>(), new RemotingMetrics(meters));
        _routes = new RouteTable(new NameServers(_client, options, loggers.CreateLogger<NameServers>()), time, loggers.CreateLogger<RouteTable>());
        _client.ConnectionLost += _routes.RefreshAt;
    }

    /// <summary>
    /// Sends a message and ends when it is stored, flushed and replicated as the broker is set. After a failure that may
    /// pass it is sent again, up to three times in all and without a sharding key to another queue: consumers may then get it
    /// twice, with the same <see cref="RocketMQSendResult.MessageId"/>.
    /// </summary>
    /// <exception cref="RocketMQSendException">It was not sent.</exception>
    /// <exception cref="ArgumentException">It is none that RocketMQ takes; the text names part and limit.</exception>
    public async Task<RocketMQSendResult> SendAsync(RocketMQMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        var messageId = NextId();
        var properties = SingleMessage.MakeProperties(message, messageId);
        var compressed = _options.CompressBodiesOver > 0 && message.Body.Length >= _options.CompressBodiesOver ? BodyCompression.TryCompress(message.Body.Span) : null;
        var request = new RemotingRequest(RequestCode.SendMessageV2);
        var bornTime = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var mayBeStored = false;
        MessageQueue? queue = null;
        for (var attempt = 1; ; attempt++)
        {
            queue = Select(await GetQueuesAsync(message.Topic, cancellationToken), message.ShardingKey, queue);
            request.Clear();
            SendHeader.Add(request, message.Topic, queue.QueueId, compressed is null ? SysFlag.None : SysFlag.Compressed | SysFlag.CompressionZlib, bornTime, properties, isBatch: false);
            request.Body = compressed ?? message.Body;
            var (answer, result) = await SendOnceAsync(request, queue, messageId, cancellationToken);
            if (result is not null)
            {
                return result;
            }

            mayBeStored |= answer.Verdict is SendVerdict.StoredOnMasterOnly or SendVerdict.Unknown or SendVerdict.Suspect;
            if (answer.Verdict is SendVerdict.Refused or SendVerdict.MessageRefused || attempt == MaxAttempts)
            {
                throw new RocketMQSendException($"Message {messageId} of {message.Body.Length} B to queue {queue} was not sent in {attempt} attempts: {answer.Remark}", mayBeStored);
            }

            await Task.Delay(RetryPause.After(attempt), _time, cancellationToken);
            await _routes.RefreshAsync(message.Topic, cancellationToken); // the route is known, so no failure to ask is thrown
        }
    }

    /// <summary>Closes the connections; sends that are under way fail.</summary>
    public async ValueTask DisposeAsync()
    {
        await _routes.DisposeAsync();
        await _client.DisposeAsync();
    }

    private async ValueTask<(SendAnswer Answer, RocketMQSendResult? Result)> SendOnceAsync(RemotingRequest request, MessageQueue queue, string messageId, CancellationToken cancellationToken)
    {
        if (_routes.FindAddress(queue.Broker) is not { } address)
        {
            return (new SendAnswer(SendVerdict.Again, Reason: "no_route", Remark: $"broker {queue.Broker} has no master in the route"), null);
        }

        var sent = _time.GetTimestamp();
        SendAnswer answer;
        RocketMQSendResult? result = null;
        try
        {
            using var response = await _client.RequestAsync(address, request, _options.RequestTimeout, cancellationToken);
            answer = new SendAnswer(SendOutcomes.Of(response.Code), Reason: response.Code.ToString(), Remark: $"{address} answered {(int)response.Code} {response.Remark}");
            if (answer.Verdict == SendVerdict.Stored)
            {
                response.TryGetField("msgId", out var offsetMessageId);
                result = new RocketMQSendResult(messageId, offsetMessageId, queue, response.GetInt64("queueOffset"));
            }
        }
        catch (RemotingException fault)
        {
            answer = new SendAnswer(SendOutcomes.Of(fault.Fault), Reason: fault.Fault.ToString(), Remark: fault.Message);
        }

        _metrics.Answered(1, request.Body.Length, _time.GetElapsedTime(sent), answer);
        return (answer, result);
    }

    // The order is that in which Java's clients see a topic's queues, so that a sharding key means the same queue.
    private async ValueTask<IReadOnlyList<MessageQueue>> GetQueuesAsync(string topic, CancellationToken cancellationToken)
    {
        TopicRoute? route;
        try
        {
            route = await _routes.GetAsync(topic, cancellationToken);
        }
        catch (RemotingException fault)
        {
            throw new RocketMQSendException($"Topic '{topic}': no name server answers: {fault.Message}", mayBeStored: false, fault);
        }

        if (route is null)
        {
            throw new RocketMQSendException($"Topic '{topic}' is unknown to the name servers. Make it: mqadmin updateTopic -n '{_options.NameServers}' -c <cluster> -t '{topic}'", mayBeStored: false);
        }

        if (route.Brokers.Any(broker => broker.Name == topic || broker.Cluster == topic))
        {
            throw new ArgumentException($"Topic '{topic}' is RocketMQ's own: it has the name of a cluster or broker.", nameof(topic));
        }

        var queues = new List<MessageQueue>();
        foreach (var part in route.Queues.Where(part => part.Writable && route.Brokers.Any(broker => broker.Name == part.BrokerName && broker.Master is not null)))
        {
            for (var id = 0; id < part.WriteQueues; id++)
            {
                queues.Add(new MessageQueue(topic, part.BrokerName, id, queues.Count));
            }
        }

        return queues.Count > 0 ? queues : throw new RocketMQSendException($"Topic '{topic}': no broker with a queue to write to is there.", mayBeStored: false);
    }

    private MessageQueue Select(IReadOnlyList<MessageQueue> queues, string shardingKey, MessageQueue? last)
    {
        if (shardingKey.Length > 0)
        {
            return queues[QueueSelector.Select(Encoding.UTF8.GetBytes(shardingKey), queues.Count)];
        }

        var others = last is null ? queues : [.. queues.Where(queue => queue.Broker != last.Broker)];
        var among = others.Count > 0 ? others : queues;
        return among[(int)(Interlocked.Increment(ref _next) % (uint)among.Count)];
    }

    private string NextId()
    {
        Span<byte> key = stackalloc byte[UniqueKey.Length];
        lock (_gate)
        {
            var number = _numbers.Next(_time.GetUtcNow().ToUnixTimeMilliseconds());
            UniqueKey.Write(key, _numbers.Instance, number);
        }

        return Encoding.ASCII.GetString(key);
    }
}
