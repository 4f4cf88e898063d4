using System.Collections.Concurrent;
using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using Telematics.Messaging;
using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ.Routing;

/// <summary>
/// Where topics and brokers are: asked from the name servers, kept, and asked again every 30 s. A name server that was
/// just restarted knows nothing for a while, so an empty answer never replaces a route.
/// </summary>
internal sealed class RouteTable : IAsyncDisposable
{
    /// <summary>A route that was asked for less than this ago is not asked for again.</summary>
    public static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, RouteEntry> _entries = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _closed = new();
    private readonly NameServers _nameServers;
    private readonly TimeProvider _time;
    private readonly ILogger<RouteTable> _logger;
    private readonly Task _refreshing;
    private FrozenDictionary<string, BrokerRoute> _brokers = FrozenDictionary<string, BrokerRoute>.Empty;

    public RouteTable(NameServers nameServers, TimeProvider time, ILogger<RouteTable> logger)
    {
        _nameServers = nameServers;
        _time = time;
        _logger = logger;
        _refreshing = RefreshAllAsync();
    }

    /// <summary>The known route, else asks for it; null: the topic has none.</summary>
    /// <exception cref="RemotingException">No name server answers, and the route was never known.</exception>
    public ValueTask<TopicRoute?> GetAsync(string topic, CancellationToken cancellationToken) =>
        _entries.TryGetValue(topic, out var entry) && entry.Route is { } route ? new(route) : RefreshAsync(topic, cancellationToken);

    /// <summary>Asks now, unless it was asked less than 100 ms ago; calls at the same time share one request.</summary>
    /// <exception cref="RemotingException">No name server answers, and the route was never known.</exception>
    public async ValueTask<TopicRoute?> RefreshAsync(string topic, CancellationToken cancellationToken)
    {
        var entry = _entries.GetOrAdd(topic, topic => new(topic));
        return await RefreshAsync(entry).WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Asks now for all topics of the broker at this address, without waiting for the answers: the connection to it broke, and another
    /// broker may have the address by the time of the next one. No answer of a broker says its name.
    /// </summary>
    public void RefreshAt(string address)
    {
        foreach (var (_, entry) in _entries)
        {
            if (entry.Route is { } route && route.Brokers.Any(broker => broker.Addresses.Values.Contains(address)))
            {
                RefreshSoon(entry.Topic);
            }
        }
    }

    /// <summary>
    /// Asks now, without waiting for the answer: name servers that are away must not make a retry late, and the table says it when they
    /// are.
    /// </summary>
    public void RefreshSoon(string topic) => _ = RefreshQuietlyAsync(topic);

    /// <summary>Where a broker is, from any known route; null: it is away.</summary>
    public string? FindAddress(string brokerName, long brokerId = BrokerRoute.MasterId) =>
        Volatile.Read(ref _brokers).TryGetValue(brokerName, out var broker) ? broker.Addresses.GetValueOrDefault(brokerId) : null;

    /// <summary>Where the master of a queue's broker is.</summary>
    /// <exception cref="RemotingException">It is away.</exception>
    public string FindMaster(MessageQueue queue) => FindAddress(queue.Broker)
        ?? throw new RemotingException(RemotingFault.CannotConnect, queue.Broker, $"the name servers know no address of this broker for topic '{queue.Topic}': it is away, or the topic is not on it");

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        await _refreshing;
    }

    private async Task RefreshQuietlyAsync(string topic)
    {
        try
        {
            await RefreshAsync(topic, _closed.Token);
        }
        catch (Exception fault) when (fault is RemotingException or OperationCanceledException)
        {
            // No route was ever known, or the table is closed: who needs one asks and is told.
        }
    }

    private Task<TopicRoute?> RefreshAsync(RouteEntry entry)
    {
        lock (_gate)
        {
            if (entry.Asking is { IsCompleted: false } asking)
            {
                return asking;
            }

            if (entry.Asking is { IsCompletedSuccessfully: true } && _time.GetElapsedTime(entry.AskedAt) < ShortestInterval)
            {
                return Task.FromResult(entry.Route);
            }

            entry.AskedAt = _time.GetTimestamp();
            return entry.Asking = Task.Run(() => AskAsync(entry), CancellationToken.None);
        }
    }

    private async Task<TopicRoute?> AskAsync(RouteEntry entry)
    {
        TopicRoute? route = null;
        try
        {
            var request = new RemotingRequest(RequestCode.GetRouteInfoByTopic).Add("topic", entry.Topic);
            var (response, address) = await _nameServers.RequestAsync(request, _closed.Token);
            using (response)
            {
                route = response.Code switch
                {
                    ResponseCode.Success => RouteDecoder.Decode(entry.Topic, response.Body, address),
                    ResponseCode.TopicNotExist => null,
                    _ => throw new RemotingException(RemotingFault.Malformed, address, $"no route of topic '{entry.Topic}': code {(int)response.Code}, {response.Remark}"),
                };
            }
        }
        catch (RemotingException fault) when (fault.Fault != RemotingFault.Closed && entry.Route is not null)
        {
            entry.Fault = fault;
            return entry.Route;
        }

        entry.Fault = null;
        if (route is null || route.Queues.Count == 0)
        {
            return entry.Route;
        }

        var isNew = false;
        lock (_gate)
        {
            isNew = !route.Equals(entry.Route);
            entry.Route = route;
            entry.AnsweredAt = _time.GetTimestamp();
            IndexBrokers();
        }

        if (isNew)
        {
            _logger.LogRouteChanged(entry.Topic, string.Join(", ", route.Queues.Select(queues =>
                $"{queues.BrokerName} ({queues.ReadQueues} queues, {route.Brokers.FirstOrDefault(broker => broker.Name == queues.BrokerName)?.Master ?? "away"})")));
        }

        return route;
    }

    // Under the lock. What was said last about a broker counts.
    private void IndexBrokers()
    {
        var brokers = new Dictionary<string, BrokerRoute>(StringComparer.Ordinal);
        foreach (var entry in _entries.Values.Where(entry => entry.Route is not null).OrderBy(entry => entry.AnsweredAt))
        {
            foreach (var broker in entry.Route!.Brokers)
            {
                brokers[broker.Name] = broker;
            }
        }

        Volatile.Write(ref _brokers, brokers.ToFrozenDictionary(StringComparer.Ordinal));
    }

    private async Task RefreshAllAsync()
    {
        using var timer = new PeriodicTimer(RefreshInterval, _time);
        var hasFailed = false;
        try
        {
            while (await timer.WaitForNextTickAsync(_closed.Token))
            {
                RemotingException? fault = null;
                foreach (var (_, entry) in _entries)
                {
                    try
                    {
                        await RefreshAsync(entry);
                        fault = entry.Fault ?? fault;
                    }
                    catch (RemotingException failure)
                    {
                        fault = failure;
                    }
                }

                if (fault is not null && !hasFailed)
                {
                    _logger.LogRoutesNotRefreshed(fault.Message);
                }
                else if (fault is null && hasFailed)
                {
                    _logger.LogRoutesRefreshedAgain();
                }

                hasFailed = fault is not null;
            }
        }
        catch (OperationCanceledException) when (_closed.IsCancellationRequested)
        {
        }
    }
}
