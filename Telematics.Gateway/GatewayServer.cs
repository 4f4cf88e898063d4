using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Contracts;
using Telematics.Contracts.Credentials;
using Telematics.Gateway.Commands;
using Telematics.Gateway.Downlink;
using Telematics.Gateway.Presence;
using Telematics.Gateway.Sessions;
using Telematics.Gateway.Topics;
using Telematics.Gateway.Transport;
using Telematics.Messaging;

namespace Telematics.Gateway;

/// <summary>The running gateway: its loops with their threads, and what reads the log for them.</summary>
internal sealed class GatewayServer(
    IOptions<GatewayOptions> options,
    IMessageLog log,
    TimeProvider time,
    GatewayMetrics metrics,
    ILogger<GatewayServer> logger,
    ICredentialVerifier? verifier = null)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly List<TailReader> _commandReaders = [];
    private readonly List<TailReader> _topicReaders = [];
    private readonly PlainTransport _plain = PlainTransport.Choose(options.Value);
    private GatewayShared? _shared;
    private volatile LoopThreads? _threads;

    /// <summary>This gateway's name.</summary>
    public GatewayInstance Instance { get; } = new();

    /// <summary>Open connections.</summary>
    public long Connections => metrics.Sum(static counters => counters.Connections);

    /// <summary>Where plain MQTT listens on epoll; null when it does not.</summary>
    public IPEndPoint? EpollEndPoint => _threads?.EndPoint;

    /// <summary>A loop for the next connection of Kestrel; null before the gateway is ready and after it has stopped.</summary>
    public KestrelThread? NextKestrelThread() => _threads?.NextKestrel();

    /// <summary>Lets a connection in before anything is spent on it; false when there are too many a second.</summary>
    public bool TryEnter() => _shared?.Accepts.TryEnter() ?? true;

    /// <summary>Makes sure that everything is there that the options need.</summary>
    /// <exception cref="StartupException">Log-ins are to be checked, and nothing here can check them.</exception>
    public void CheckParts()
    {
        if (options.Value.Authentication == GatewayAuthentication.Credential && verifier is null)
        {
            throw new StartupException($"{GatewayOptions.SectionName}:{nameof(GatewayOptions.Authentication)}=Credential needs a store of credentials, and this process has none: give it a database.");
        }
    }

    /// <summary>Waits for the log, declares the topics, fixes the readers' places, and starts the loops.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        PoolRelay.Prepare();
        var pause = FirstPause;
        for (var isFirst = true; !await TryPrepareAsync(isFirst, cancellationToken); isFirst = false)
        {
            await Task.Delay(pause, time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }

        await log.GetProducer(TopicNames.VehicleEvent).AppendInstanceEventAsync(Contracts.Presence.VehicleEventType.InstanceStart, Instance.Id, time, cancellationToken: cancellationToken);
        metrics.Watch(_shared!);
        var threads = new LoopThreads(_shared!);
        _threads = threads;
        if (options.Value.Port >= 0)
        {
            logger.TransportChosen(_plain.IsEpoll ? "epoll" : "Kestrel", _plain.Reason);
            if (_plain.IsEpoll)
            {
                options.Value.TryGetAddress(out var address); // validated
                await threads.ListenAsync(new IPEndPoint(address, options.Value.Port));
            }
        }

        logger.Ready(Instance.Id, options.Value.LoopCount, options.Value.Authentication, log.DurabilityDescription);
    }

    /// <summary>Reads orders and messages for clients, and keeps the instance alive, until cancelled; ends early only by a fault.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var tasks = _commandReaders.Concat(_topicReaders).Select(reader => reader.RunAsync(stop.Token))
            .Append(new InstanceBeat(log.GetProducer(TopicNames.VehicleEvent), Instance, time, logger).RunAsync(stop.Token))
            .Append(FollowInstanceAsync(stop.Token))
            .Append(_threads!.Fault.WaitAsync(stop.Token))
            .ToList();
        try
        {
            await await Task.WhenAny(tasks);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Asks all clients to leave, and waits until their ends are in the log.</summary>
    public async Task DrainAsync(TimeSpan patience)
    {
        _threads?.StopListening();
        var drains = new List<Task>();
        foreach (var loop in _shared?.Loops ?? [])
        {
            var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            loop.Post(new DrainWork(drained));
            drains.Add(drained.Task);
        }

        try
        {
            await Task.WhenAll(drains).WaitAsync(patience, time);
        }
        catch (TimeoutException)
        {
            logger.DrainIncomplete(_shared!.Loops.Sum(loop => (long)loop.Connections.Count));
        }
    }

    /// <summary>Says that the instance has ended, and stops the loops.</summary>
    public async Task CloseAsync(TimeSpan patience)
    {
        if (_threads is null)
        {
            return;
        }

        try
        {
            await log.GetProducer(TopicNames.VehicleEvent)
                .AppendInstanceEventAsync(Contracts.Presence.VehicleEventType.InstanceEnd, Instance.Id, time, reason: "stopped")
                .WaitAsync(patience, time);
        }
        catch (Exception exception) when (exception is MessageLogException or TimeoutException)
        {
            logger.EndNotStored(exception, Instance.Id);
        }

        StopThreads();
        logger.Stopped(Instance.Id);
    }

    /// <summary>Stops the loops without a word to anybody.</summary>
    public void StopThreads()
    {
        _threads?.Stop();
        _threads = null;
    }

    private async Task<bool> TryPrepareAsync(bool isFirst, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var topic in TopicTable.NamesFor(options.Value))
            {
                await log.DeclareTopicAsync(new TopicDeclaration(topic), cancellationToken);
            }

            ILogger loopLogger = _plain.IsEpoll ? new RelayedLogger(logger) : logger;
            _shared = new GatewayShared
            {
                Options = options.Value,
                Time = time,
                Topics = new TopicTable(options.Value, log),
                VehicleEvents = log.GetProducer(TopicNames.VehicleEvent),
                CommandReceipts = log.GetProducer(TopicNames.CommandReceipt),
                Verifier = _plain.IsEpoll && verifier is not null ? new RelayedVerifier(verifier) : verifier,
                Metrics = metrics,
                Logger = loopLogger,
                Accepts = new RateGate(options.Value.AcceptRate, time),
                Connects = new RateGate(options.Value.ConnectRate, time),
                LogIns = new PendingLogIns(options.Value.MaxPendingLogIns, loopLogger),
                Buffers = new BufferBudget(options.Value.MaxBufferedBytes, loopLogger),
                Instance = Instance,
            };
            await OpenReadersAsync(_shared, cancellationToken);
            return true;
        }
        catch (MessageLogException exception)
        {
            if (isFirst)
            {
                logger.LogAbsent(exception);
            }

            return false;
        }
    }

    private async Task OpenReadersAsync(GatewayShared shared, CancellationToken cancellationToken)
    {
        _commandReaders.Clear();
        _topicReaders.Clear();
        var commands = new CommandSink(shared, Instance);
        foreach (var queue in log.GetQueues(TopicNames.Command))
        {
            var reader = new TailReader(log, queue, commands, time, logger);
            await reader.SeekToEndAsync(FilterFor(Instance.Id), cancellationToken);
            _commandReaders.Add(reader);
        }

        foreach (var route in shared.Topics.Routes.Append(shared.Topics.CatchAll))
        {
            if (route is null || route.Kind == TopicKind.Uplink || route == shared.Topics.Command)
            {
                continue;
            }

            foreach (var queue in log.GetQueues(route.Name))
            {
                var reader = new TailReader(log, queue, new TopicSink(route, shared), time, logger);
                await reader.SeekToEndAsync(TagFilter.All, cancellationToken);
                _topicReaders.Add(reader);
            }
        }
    }

    /// <summary>When Commands has ended this instance (it was paused, or the log was away), everything goes on under another name.</summary>
    private async Task FollowInstanceAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Instance.Ended.WaitAsync(cancellationToken);
            var old = Instance.Id;
            var id = Instance.Renew();
            logger.InstanceEnded(old, id, Connections);

            // First hear what is sent to the new name, then say that it exists.
            await Task.WhenAll(_commandReaders.Select(reader => reader.ChangeFilterAsync(FilterFor(id)))).WaitAsync(cancellationToken);
            await log.GetProducer(TopicNames.VehicleEvent).AppendInstanceEventAsync(Contracts.Presence.VehicleEventType.InstanceStart, id, time, cancellationToken: cancellationToken);
            _shared!.PostToAll(new AnnounceWork(id));
        }
    }

    private static TagFilter FilterFor(string instance) => TagFilter.AnyOf(instance, CommandSink.AllTag);
}
