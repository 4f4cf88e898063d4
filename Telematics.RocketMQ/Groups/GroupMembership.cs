using System.Collections.Concurrent;
using Telematics.Messaging;
using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ.Groups;

/// <summary>
/// One member of a consumer group: it says so to every broker of its topics, asks who else is there, and takes its share of the
/// queues. Heartbeats have a loop of their own, since giving a queue back may take longer than a broker waits for the next one.
/// </summary>
internal sealed class GroupMembership : IAsyncDisposable
{
    // Those of RocketMQ's Java clients.
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DivisionInterval = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// A queue is taken a moment after it fell to this member, so that its former owner, who hears of the change at the same time, has
    /// mostly given it back: both at work is allowed but costs double work.
    /// </summary>
    private static readonly TimeSpan HandOver = TimeSpan.FromMilliseconds(500);

    private readonly string _group;
    private readonly IReadOnlyList<GroupSubscription> _subscriptions;
    private readonly GroupContext _context;
    private readonly byte[] _heartbeat;
    private readonly ConcurrentDictionary<string, BrokerPresence> _presence = new(StringComparer.Ordinal);
    private readonly MemberList _members;
    private readonly GroupProgress _progress;
    private readonly List<MessageQueue>[] _assigned;
    private readonly Wakeup _beat;
    private readonly Wakeup _divide;
    private readonly CancellationTokenSource _leaving = new();
    private readonly TaskCompletionSource _firstDivision = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _loops = Task.CompletedTask;
    private bool _isUnlisted;
    private int _isLeft;

    public GroupMembership(string group, string messageModel, string consumeFrom, IReadOnlyList<GroupSubscription> subscriptions, GroupContext context)
    {
        _group = group;
        _subscriptions = subscriptions;
        _context = context;
        _heartbeat = HeartbeatBody.Write(Id, group, messageModel, consumeFrom, subscriptions, context.Time.GetUtcNow().ToUnixTimeMilliseconds());
        _members = new MemberList(group, context, PresenceAt);
        _progress = new GroupProgress(group, context);
        _assigned = [.. subscriptions.Select(_ => new List<MessageQueue>())];
        _beat = new Wakeup(context.Time);
        _divide = new Wakeup(context.Time);
        context.Client.ConnectionLost += OnConnectionLost;
        context.Client.OnRequest(RequestCode.NotifyConsumerIdsChanged, OnMembersChanged);
    }

    /// <summary>This member's name in the group.</summary>
    public string Id { get; } = ClientId.Next();

    /// <summary>Joins and waits for the first division; may be cancelled, and is then left by <see cref="DisposeAsync"/>.</summary>
    /// <exception cref="MessageLogException">A broker refuses the member.</exception>
    public async Task JoinAsync(CancellationToken cancellationToken)
    {
        await BeatAllAsync(isFirst: true, cancellationToken);
        _loops = Task.WhenAll(RunBeatsAsync(), RunDivisionsAsync(), _progress.RunAsync(ProgressInterval, _leaving.Token));
        await _firstDivision.Task.WaitAsync(cancellationToken);
        _context.Logger.LogJoined(_group, _subscriptions[0].Topic, Id);
    }

    public void ReportProgress(MessageQueue queue, long nextOffset) => _progress.Report(queue, nextOffset);

    /// <summary>Gives all queues back, says how far it got, and leaves.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isLeft, 1) == 1)
        {
            return;
        }

        await _leaving.CancelAsync();
        _firstDivision.TrySetCanceled(CancellationToken.None);
        await _loops;
        for (var i = 0; i < _assigned.Length; i++)
        {
            foreach (var queue in _assigned[i].ToArray())
            {
                await RevokeAsync(i, queue);
            }
        }

        await _progress.FlushAsync(CancellationToken.None);
        _context.Client.ConnectionLost -= OnConnectionLost;
        await Task.WhenAll(_presence.Values.Select(UnregisterAsync));
        _context.Logger.LogLeft(_group, Id);
        _leaving.Dispose();
    }

    private BrokerPresence PresenceAt(string address) => _presence.GetOrAdd(address, address => new BrokerPresence(address, isNew: _firstDivision.Task.IsCompleted));

    private void OnConnectionLost(string address)
    {
        if (_presence.TryGetValue(address, out var presence))
        {
            presence.Lost();
            _beat.Call();
        }
    }

    private void OnMembersChanged(string address, RemotingResponse request)
    {
        if (request.TryGetField("consumerGroup", out var group) && group == _group)
        {
            _divide.Call();
        }
    }

#pragma warning disable CA1031 // without these loops the member would be lost, and nobody would hear of it
    private async Task RunBeatsAsync()
    {
        try
        {
            while (true)
            {
                var isAnyAway = _presence.IsEmpty || _presence.Values.Any(presence => !presence.IsJoined);
                await _beat.WaitAsync(isAnyAway ? RetryInterval : HeartbeatInterval, _leaving.Token);
                try
                {
                    await BeatAllAsync(isFirst: false, _leaving.Token);
                }
                catch (Exception fault) when (!_leaving.IsCancellationRequested)
                {
                    _context.Logger.LogHeartbeatsFailed(_group, fault);
                    await Task.Delay(RetryInterval, _context.Time, _leaving.Token);
                }
            }
        }
        catch (Exception) when (_leaving.IsCancellationRequested)
        {
            // Whatever was interrupted by it.
        }
    }

    private async Task BeatAllAsync(bool isFirst, CancellationToken cancellationToken)
    {
        var addresses = new HashSet<string>(StringComparer.Ordinal);
        foreach (var subscription in _subscriptions)
        {
            try
            {
                if (await _context.Routes.GetAsync(subscription.Topic, cancellationToken) is { } route)
                {
                    addresses.UnionWith(route.Brokers.SelectMany(broker => broker.Addresses.Values));
                }
            }
            catch (RemotingException)
            {
                // No name server answers: the brokers that are known go on hearing of us.
            }
        }

        // A broker that is not in the route any more is away or moved; where it is reached again, it is a new presence.
        foreach (var address in _presence.Keys.Except(addresses))
        {
            _presence.TryRemove(address, out _);
        }

        await Task.WhenAll(addresses.Select(address => BeatAsync(PresenceAt(address), isFirst, cancellationToken)));
    }

    private async Task BeatAsync(BrokerPresence presence, bool isFirst, CancellationToken cancellationToken)
    {
        string fault;
        try
        {
            var request = new RemotingRequest(RequestCode.Heartbeat) { Body = _heartbeat };
            using var response = await _context.Client.RequestAsync(presence.Address, request, _context.Options.RequestTimeout, cancellationToken);
            if (response.Code == ResponseCode.Success)
            {
                var isNew = !presence.IsJoined;
                presence.Joined(_context.Time);
                if (presence.HasFailed)
                {
                    presence.HasFailed = false;
                    _context.Logger.LogHeartbeatAgain(_group, presence.Address);
                }

                if (isNew)
                {
                    _divide.Call();
                }

                return;
            }

            fault = $"code {(int)response.Code}, {response.Remark}";
            if (isFirst && response.Code is ResponseCode.NoPermission or ResponseCode.GroupNotExist)
            {
                throw new MessageLogException($"Group {_group} cannot be joined at {presence.Address}: {fault}");
            }
        }
        catch (RemotingException exception)
        {
            fault = exception.Message;
        }

        if (!presence.HasFailed)
        {
            presence.HasFailed = true;
            _context.Logger.LogHeartbeatFailed(_group, presence.Address, fault);
        }
    }

    private async Task RunDivisionsAsync()
    {
        try
        {
            while (true)
            {
                var isDone = false;
                try
                {
                    isDone = true;
                    for (var i = 0; i < _subscriptions.Count; i++)
                    {
                        isDone &= await DivideAsync(i, _leaving.Token);
                    }

                    if (isDone)
                    {
                        _firstDivision.TrySetResult();
                    }
                }
                catch (Exception fault) when (!_leaving.IsCancellationRequested)
                {
                    isDone = false;
                    _context.Logger.LogDivisionFailed(_group, fault);
                }

                await _divide.WaitAsync(isDone ? DivisionInterval : RetryInterval, _leaving.Token);
            }
        }
        catch (Exception) when (_leaving.IsCancellationRequested)
        {
            // Whatever was interrupted by it.
        }
    }

#pragma warning restore CA1031

    /// <summary>Divides one topic's queues anew; false when it cannot be done now, and everything stays as it is.</summary>
    private async Task<bool> DivideAsync(int subscription, CancellationToken cancellationToken)
    {
        var (topic, _, getQueues, _) = _subscriptions[subscription];
        if (await getQueues(cancellationToken) is not { } queues)
        {
            return false;
        }

        string[] masters = [.. queues.Select(queue => _context.Routes.FindAddress(queue.Broker)).OfType<string>().Distinct(StringComparer.Ordinal)];
        if (await _members.AskAsync(masters, cancellationToken) is not { } members)
        {
            return false;
        }

        if (!members.Contains(Id))
        {
            // The others divide without us until the next heartbeat; what we have, we keep.
            if (!_isUnlisted)
            {
                _isUnlisted = true;
                _context.Logger.LogUnlisted(_group, Id);
            }

            _beat.Call();
            return false;
        }

        _isUnlisted = false;
        var mine = QueueDivision.Divide(queues, members, Id);
        var assigned = _assigned[subscription];
        MessageQueue[] lost = [.. assigned.Except(mine)];
        MessageQueue[] gained = [.. mine.Except(assigned)];
        if (lost.Length + gained.Length > 0)
        {
            _context.Logger.LogDivided(_group, topic, members.Count, mine.Count, queues.Count, string.Join(", ", mine));
        }

        foreach (var queue in lost)
        {
            await RevokeAsync(subscription, queue);
        }

        if (gained.Length > 0 && members.Count > 1)
        {
            await Task.Delay(HandOver, _context.Time, cancellationToken);
        }

        foreach (var queue in gained)
        {
            Assign(subscription, queue);
        }

        return true;
    }

#pragma warning disable CA1031 // the listener is the caller's; its fault must not keep the queue from the others
    private async Task RevokeAsync(int subscription, MessageQueue queue)
    {
        _assigned[subscription].Remove(queue);
        try
        {
            await _subscriptions[subscription].Listener.OnRevokedAsync(queue);
        }
        catch (Exception fault)
        {
            _context.Logger.LogListenerFailed(_group, queue.ToString(), fault);
        }

        await _progress.FlushAsync(queue, CancellationToken.None);
        _progress.Forget(queue); // what the next owner reports is not to be replaced by what we knew
    }

    private void Assign(int subscription, MessageQueue queue)
    {
        _assigned[subscription].Add(queue);
        try
        {
            _subscriptions[subscription].Listener.OnAssigned(queue);
        }
        catch (Exception fault)
        {
            _context.Logger.LogListenerFailed(_group, queue.ToString(), fault);
        }
    }
#pragma warning restore CA1031

    private async Task UnregisterAsync(BrokerPresence presence)
    {
        if (!presence.IsJoined)
        {
            return; // with its connection it forgot us
        }

        try
        {
            var request = new RemotingRequest(RequestCode.UnregisterClient).Add("clientID", Id).Add("consumerGroup", _group);
            using var response = await _context.Client.RequestAsync(presence.Address, request, _context.Options.RequestTimeout, CancellationToken.None);
        }
        catch (RemotingException)
        {
            // The end of the connection, which follows, says the same.
        }
    }
}
