using System.Buffers;
using Telematics.Gateway.Sessions;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Telematics.Mqtt.Topics;

namespace Telematics.Gateway.Downlink;

/// <summary>SUBSCRIBE and UNSUBSCRIBE of a loop's sessions, and whom a topic reaches.</summary>
internal sealed class SubscriptionTable(SessionLoop loop)
{
    private readonly SubscriptionIndex<Subscriber> _index = new(new Subscriber.BySession());
    private readonly List<Subscriber> _matches = [];
    private readonly List<int> _identifiers = [];
    private int _count;

    /// <summary>Number of subscriptions; for any thread.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>A SUBSCRIBE came.</summary>
    public void OnSubscribe(int slot, in SubscribePacket packet)
    {
        var codes = ArrayPool<byte>.Shared.Rent(packet.Requests.Count);
        var identifier = (int)packet.Properties.GetNumber(MqttPropertyId.SubscriptionIdentifier, absent: 0);
        var count = 0;
        foreach (var request in packet.Requests)
        {
            codes[count++] = (byte)Subscribe(slot, request, identifier);
        }

        Answer(slot, MqttPacketType.Suback, packet.PacketId, codes.AsSpan(0, count));
        ArrayPool<byte>.Shared.Return(codes);
    }

    /// <summary>An UNSUBSCRIBE came.</summary>
    public void OnUnsubscribe(int slot, in UnsubscribePacket packet)
    {
        var sessionSlot = loop.Connections[slot].Session;
        ref var session = ref loop.Sessions[sessionSlot];
        var codes = ArrayPool<byte>.Shared.Rent(packet.Requests.Count);
        var count = 0;
        foreach (var request in packet.Requests)
        {
            var existed = session.Subscriptions?.Remove(request.Filter) ?? false;
            if (existed)
            {
                _index.Remove(request.Filter, new Subscriber(sessionSlot, default, 0));
            }

            codes[count++] = (byte)(existed ? MqttReasonCode.Success : MqttReasonCode.NoSubscriptionExisted);
        }

        Volatile.Write(ref _count, _index.Count);
        Answer(slot, MqttPacketType.Unsuback, packet.PacketId, codes.AsSpan(0, count));
        ArrayPool<byte>.Shared.Return(codes);
    }

    /// <summary>Gives a session the subscriptions that it had elsewhere or before.</summary>
    public void Restore(int sessionSlot, SubscriptionList? subscriptions)
    {
        loop.Sessions[sessionSlot].Subscriptions = subscriptions;
        foreach (var subscription in subscriptions?.Items ?? [])
        {
            _index.Add(subscription.Filter, new Subscriber(sessionSlot, subscription.Options, subscription.Identifier));
        }

        Volatile.Write(ref _count, _index.Count);
    }

    /// <summary>Takes a session out of the index; its list stays as it is.</summary>
    public void RemoveAll(int sessionSlot)
    {
        foreach (var subscription in loop.Sessions[sessionSlot].Subscriptions?.Items ?? [])
        {
            _index.Remove(subscription.Filter, new Subscriber(sessionSlot, default, 0));
        }

        Volatile.Write(ref _count, _index.Count);
    }

    /// <summary>Delivers a message to this loop's sessions: to its one client without a subscription, and to subscribers that may see it.</summary>
    /// <param name="message">The message.</param>
    /// <param name="sequence">The number of its <see cref="TopicWork"/>, or 0.</param>
    public void Deliver(OutboundMessage message, long sequence = 0)
    {
        var target = -1;
        if (message.PeerToPeerClient is { } client && message.Order is null
            && loop.Shared.Directory.TryFind(client.AsSpan(), out var address) && address.Loop == loop.Index
            && loop.Sessions.IsCurrent(address.Slot, address.Generation))
        {
            target = address.Slot;
            loop.Deliveries.Offer(target, new Delivery(message, message.QualityOfService, null, IsOrder: false));
        }

        if (_index.Count == 0)
        {
            return;
        }

        _matches.Clear();
        _index.Match(message.Topic, _matches);
        if (_matches.Count > 1)
        {
            _matches.Sort(static (x, y) => x.Session.CompareTo(y.Session));
        }

        for (var i = 0; i < _matches.Count;)
        {
            var session = _matches[i].Session;
            var qualityOfService = TakeGroup(message, session, ref i);
            if (session != target && (sequence == 0 || sequence > loop.Sessions[session].SeenTopics))
            {
                Offer(message, session, qualityOfService);
            }
        }
    }

    /// <summary>Delivers a message to one session, if it subscribes to it: it passed this loop before the session came.</summary>
    public void DeliverLate(OutboundMessage message, int session)
    {
        _matches.Clear();
        foreach (var subscription in loop.Sessions[session].Subscriptions?.Items ?? [])
        {
            if (TopicFilter.Matches(subscription.Filter, message.Topic))
            {
                _matches.Add(new Subscriber(session, subscription.Options, subscription.Identifier));
            }
        }

        var i = 0;
        if (_matches.Count > 0)
        {
            Offer(message, session, TakeGroup(message, session, ref i));
        }
    }

    private void Offer(OutboundMessage message, int session, int qualityOfService)
    {
        if (qualityOfService >= 0 && IsVisible(message, session))
        {
            loop.Deliveries.Offer(session, new Delivery(message, qualityOfService, _identifiers.Count == 0 ? null : [.. _identifiers], IsOrder: false));
        }
    }

    /// <summary>Joins one session's matching subscriptions: one copy, the highest QoS, all identifiers (§3.3.4).</summary>
    private int TakeGroup(OutboundMessage message, int session, ref int i)
    {
        var highest = -1;
        _identifiers.Clear();
        for (; i < _matches.Count && _matches[i].Session == session; i++)
        {
            if (_matches[i].Options.NoLocal && message.Publisher == loop.Sessions[session].ClientId)
            {
                continue; // [MQTT-3.8.3-3]
            }

            highest = Math.Max(highest, (int)_matches[i].Options.QualityOfService);
            if (_matches[i].Identifier != 0)
            {
                _identifiers.Add(_matches[i].Identifier);
            }
        }

        return highest < 0 ? -1 : Math.Min(highest, message.QualityOfService);
    }

    private bool IsVisible(OutboundMessage message, int sessionSlot)
    {
        ref var session = ref loop.Sessions[sessionSlot];
        if (message.PeerToPeerClient is { } client)
        {
            // Its own client has it without a subscription; with log-ins nobody else may see it.
            return client != session.ClientId && loop.Options.Authentication == GatewayAuthentication.None;
        }

        // A broadcast command reaches cars as cars.
        return message.Order is null || !session.IsVehicle;
    }

    private MqttReasonCode Subscribe(int slot, in SubscriptionRequest request, int identifier)
    {
        ref var connection = ref loop.Connections[slot];
        ref var session = ref loop.Sessions[connection.Session];
        var refusal = loop.Publishes.Rules.CheckSubscribe(request.Filter, connection.ClientId, connection.IsAuthenticated);
        if (refusal == Refusal.None && (session.Subscriptions?.Items.Count ?? 0) >= loop.Options.MaxSubscriptions
            && !session.Subscriptions!.Contains(request.Filter))
        {
            refusal = Refusal.SubscriptionQuota;
        }

        if (refusal != Refusal.None)
        {
            loop.Counters.Refuse(refusal);
            loop.Shared.Logger.SubscriptionRefused(connection.ClientId, refusal);
            return refusal switch
            {
                Refusal.InvalidTopic or Refusal.ControlCharacter => MqttReasonCode.TopicFilterInvalid,
                Refusal.SharedSubscription => MqttReasonCode.SharedSubscriptionsNotSupported,
                Refusal.SubscriptionQuota => MqttReasonCode.QuotaExceeded,
                _ => MqttReasonCode.NotAuthorized,
            };
        }

        var granted = (QualityOfService)Math.Min((int)request.Options.QualityOfService, (int)QualityOfService.AtLeastOnce);
        var options = new SubscriptionOptions(granted, request.Options.NoLocal, request.Options.RetainAsPublished, request.Options.RetainHandling);
        session.Subscriptions ??= new SubscriptionList();
        session.Subscriptions.Set(new Subscription(request.Filter.ToArray(), options, identifier));
        _index.Add(request.Filter, new Subscriber(connection.Session, options, identifier));
        Volatile.Write(ref _count, _index.Count);
        return (MqttReasonCode)granted;
    }

    private void Answer(int slot, MqttPacketType type, ushort packetId, ReadOnlySpan<byte> codes)
    {
        var version = loop.Connections[slot].Version;
        var answer = new SubackPacket { PacketId = packetId, ReasonCodes = codes };
        var span = loop.Output.GetSpan(slot, answer.GetLength(type, version));
        loop.Output.Advance(slot, answer.Write(span, type, version));
    }
}
