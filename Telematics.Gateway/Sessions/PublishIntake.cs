using System.Text;
using Telematics.Gateway.Topics;
using Telematics.Messaging;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;

namespace Telematics.Gateway.Sessions;

/// <summary>
/// Publishes of clients on their way into the log. PUBACK means stored and leaves in the order of the PUBLISHes; when the
/// log's budget is used up, the connection is not read, and nothing is dropped.
/// </summary>
internal sealed class PublishIntake(SessionLoop loop)
{
    private const int MaxPooledWindows = 1_024;

    private readonly PublishRules _rules = new(loop.Options, loop.Shared.Topics);
    private readonly UplinkProperties _properties = new();
    private readonly Stack<PubackWindow> _windows = new();

    /// <summary>The rules of topics.</summary>
    public PublishRules Rules => _rules;

    /// <summary>Takes a PUBLISH; false when it must wait unread.</summary>
    public bool TryTake(int slot, byte flags, ReadOnlySpan<byte> body)
    {
        ref var connection = ref loop.Connections[slot];
        if (!PublishPacket.TryParse(body, flags, connection.Version, MqttSender.Client, out var packet, out var error)
            || IsUnsupported(packet, out error))
        {
            loop.Counters.Refuse(RefusalOf(error.ReasonCode));
            loop.Shared.Logger.PacketRefused(connection.ClientId, error.ReasonCode, error.Text);
            loop.Ends.End(slot, EndOf(error.ReasonCode), error.ReasonCode);
            return true;
        }

        var isAcknowledged = packet.QualityOfService == QualityOfService.AtLeastOnce;
        if (isAcknowledged && connection.Pubacks is { } window)
        {
            if (window.Contains(packet.PacketId))
            {
                // The same publish again while it is being stored: its PUBACK comes; a second append would be a second message.
                loop.Counters.RepeatedWhileStoring++;
                return true;
            }

            if (window.IsFull)
            {
                if (connection.Version == MqttProtocolVersion.V500)
                {
                    loop.Ends.End(slot, EndReason.ReceiveMaximumExceeded, MqttReasonCode.ReceiveMaximumExceeded);
                    return true;
                }

                loop.Pause(slot, PauseReasons.PubackWindow);
                return false;
            }
        }

        var refusal = _rules.CheckPublish(packet.Topic, connection.ClientId, connection.IsAuthenticated, out var route, out var keyRange);
        if (refusal == Refusal.None)
        {
            refusal = _properties.Write(route!, packet.Topic, OriginOf(slot), packet.QualityOfService, packet.Properties);
        }

        if (refusal != Refusal.None)
        {
            Refuse(slot, packet, refusal);
            return true;
        }

        Span<byte> key = stackalloc byte[256];
        return TryAppend(slot, packet, route!, KeyOf(packet.Topic, keyRange, connection.ClientId, key));
    }

    /// <summary>Makes a will of CONNECT's fields.</summary>
    public Refusal TryMakeWill(int slot, in ConnectPacket packet, bool isAuthenticated, bool isClean, out Will? will)
    {
        will = null;
        var clientId = loop.Connections[slot].ClientId;
        var refusal = _rules.CheckPublish(packet.WillTopic, clientId, isAuthenticated, out var route, out var keyRange);
        if (refusal == Refusal.None)
        {
            refusal = _properties.Write(route!, packet.WillTopic, OriginOf(slot) with { IsClean = isClean }, packet.WillQualityOfService, packet.WillProperties);
        }

        if (refusal != Refusal.None)
        {
            return refusal;
        }

        Span<byte> key = stackalloc byte[256];
        will = new Will(
            route!,
            KeyOf(packet.WillTopic, keyRange, clientId, key).ToArray(),
            _properties.Written.ToArray(),
            packet.WillPayload.ToArray(),
            packet.WillProperties.GetNumber(MqttPropertyId.WillDelayInterval, absent: 0));
        return will.Body.Length > route!.Producer!.MaxBodyLength ? Refusal.LogRefused : Refusal.None;
    }

    /// <summary>The log answered for a publish.</summary>
    public void OnOutcome(AppendOwner owner, long number, AppendStatus status)
    {
        var slot = owner.Slot;
        if (!loop.Connections.IsCurrent(slot, owner.Generation) || loop.Connections[slot].State == ConnectionState.Lingering)
        {
            return;
        }

        ref var connection = ref loop.Connections[slot];
        connection.AppendsUnderWay--;
        if (status == AppendStatus.Unknown)
        {
            // The log closes: nobody may be told anything about this publish.
            loop.Ends.End(slot, EndReason.LogUnavailable, MqttReasonCode.ServerShuttingDown);
            return;
        }

        if (status == AppendStatus.Refused)
        {
            loop.Counters.Refuse(Refusal.LogRefused);
        }

        if (owner.Class == AppendClass.Publish && connection.Pubacks is { } window)
        {
            window.Complete(number, status == AppendStatus.Stored ? MqttReasonCode.Success : MqttReasonCode.ImplementationSpecificError);
            AnswerInOrder(slot, window);
            if (!loop.Connections.IsCurrent(slot, owner.Generation) || loop.Connections[slot].State == ConnectionState.Lingering)
            {
                return;
            }
        }

        loop.Resume(slot, PauseReasons.Budget);
        if (connection.Pubacks is not { IsFull: true })
        {
            loop.Resume(slot, PauseReasons.PubackWindow);
        }
    }

    /// <summary>A connection ends: what is staged of it and not yet sent is dropped, nobody was told that it is stored.</summary>
    public void OnEnded(int slot)
    {
        ref var connection = ref loop.Connections[slot];
        if (connection.Pubacks is null)
        {
            return;
        }

        if (connection.AppendsUnderWay > 0)
        {
            var owner = loop.OwnerOf(AppendClass.Publish, slot);
            foreach (var route in loop.Shared.Topics.Routes)
            {
                route.Producer?.Abandon(owner);
            }

            loop.Shared.Topics.CatchAll?.Producer!.Abandon(owner);
        }

        connection.Pubacks = null;
    }

    private bool TryAppend(int slot, in PublishPacket packet, TopicRoute route, ReadOnlySpan<byte> key)
    {
        ref var connection = ref loop.Connections[slot];
        var isAcknowledged = packet.QualityOfService == QualityOfService.AtLeastOnce;
        var number = -1L;
        if (isAcknowledged)
        {
            connection.Pubacks ??= _windows.TryPop(out var pooled) ? pooled : new PubackWindow(loop.Options.ReceiveMaximum);
            number = connection.Pubacks.Add(packet.PacketId, loop.Now);
        }

        var message = new OutgoingMessage { Key = key, Properties = _properties.Written, Body = packet.Payload };
        var owner = loop.OwnerOf(isAcknowledged ? AppendClass.Publish : AppendClass.UnacknowledgedPublish, slot);
        var budget = connection.AppendsUnderWay == 0 ? AppendBudget.Exempt : AppendBudget.Queue;
        switch (route.Producer!.Append(message, loop, new AppendToken(owner, number), budget))
        {
            case AppendAdmission.Taken:
                connection.AppendsUnderWay++;
                loop.Counters.MessagesIn++;
                return true;
            case AppendAdmission.BudgetUsedUp:
                TakeBack(ref connection, isAcknowledged);
                loop.Pause(slot, PauseReasons.Budget);
                return false;
            case AppendAdmission.TooLarge:
                TakeBack(ref connection, isAcknowledged);
                Refuse(slot, packet, Refusal.PropertiesTooLarge);
                return true;
            default:
                loop.Ends.End(slot, EndReason.LogUnavailable, MqttReasonCode.ServerShuttingDown);
                return true;
        }
    }

    private void TakeBack(ref Connection connection, bool isAcknowledged)
    {
        if (isAcknowledged && connection.Pubacks is { } window)
        {
            window.RemoveLast();
            if (window.Count == 0)
            {
                connection.Pubacks = null;
                Recycle(window);
            }
        }
    }

    private void Refuse(int slot, in PublishPacket packet, Refusal refusal)
    {
        loop.Counters.Refuse(refusal);
        ref var connection = ref loop.Connections[slot];
        loop.Shared.Logger.PublishRefused(connection.ClientId, refusal);
        if (connection.Version != MqttProtocolVersion.V500)
        {
            // 3.1.1 has no answer but PUBACK, which would say that it was taken.
            loop.Ends.End(slot, EndReason.PublishRefused, MqttReasonCode.NotAuthorized);
            return;
        }

        if (packet.QualityOfService == QualityOfService.AtMostOnce)
        {
            return; // dropped, and counted
        }

        // In order with the PUBACKs of what was taken before.
        connection.Pubacks ??= _windows.TryPop(out var pooled) ? pooled : new PubackWindow(loop.Options.ReceiveMaximum);
        connection.Pubacks.Complete(connection.Pubacks.Add(packet.PacketId, loop.Now), CodeOf(refusal));
        AnswerInOrder(slot, connection.Pubacks);
    }

    private void AnswerInOrder(int slot, PubackWindow window)
    {
        ref var connection = ref loop.Connections[slot];
        while (window.TryTake(out var packetId, out var reason, out var since))
        {
            if (reason != MqttReasonCode.Success && connection.Version != MqttProtocolVersion.V500)
            {
                loop.Ends.End(slot, EndReason.PublishRefused, reason);
                return;
            }

            loop.Output.WritePuback(slot, packetId, reason);
            loop.Counters.PubacksSent++;
            loop.Shared.Metrics.RecordPuback(loop.Now - since);
        }

        if (window.Count == 0)
        {
            connection.Pubacks = null;
            Recycle(window);
        }
    }

    // Few: after a stall in which every connection had one, they would all stay.
    private void Recycle(PubackWindow window)
    {
        if (_windows.Count < MaxPooledWindows)
        {
            _windows.Push(window);
        }
    }

    private PublishOrigin OriginOf(int slot)
    {
        ref var connection = ref loop.Connections[slot];
        var isClean = connection.Session < 0 || loop.Sessions[connection.Session].Expiry == 0;
        return new PublishOrigin(connection.ClientId, isClean, loop.Shared.Channels, loop.Index, slot, loop.Connections.GenerationOf(slot));
    }

    private static ReadOnlySpan<byte> KeyOf(ReadOnlySpan<byte> topic, Range range, string clientId, Span<byte> scratch)
    {
        var part = topic[range];
        return part.IsEmpty ? scratch[..Encoding.UTF8.GetBytes(clientId, scratch)] : part;
    }

    private static bool IsUnsupported(in PublishPacket packet, out MqttError error)
    {
        error = packet switch
        {
            { QualityOfService: QualityOfService.ExactlyOnce } => new MqttError(MqttReasonCode.QoSNotSupported, "QoS 2, Maximum QoS is 1 [MQTT-3.2.2-11]"),
            { Retain: true } => new MqttError(MqttReasonCode.RetainNotSupported, "RETAIN is 1, Retain Available is 0 [MQTT-3.2.2-14]"),
            _ when packet.Properties.TryGet(MqttPropertyId.TopicAlias, out _) => new MqttError(MqttReasonCode.TopicAliasInvalid, "a Topic Alias, Topic Alias Maximum is 0 [MQTT-3.3.2-9]"),
            _ => default,
        };
        return error.IsError;
    }

    private static Refusal RefusalOf(MqttReasonCode code) => code switch
    {
        MqttReasonCode.QoSNotSupported => Refusal.QoSNotSupported,
        MqttReasonCode.RetainNotSupported => Refusal.RetainNotSupported,
        MqttReasonCode.TopicNameInvalid => Refusal.InvalidTopic,
        _ => Refusal.Malformed,
    };

    private static EndReason EndOf(MqttReasonCode code) => code switch
    {
        MqttReasonCode.MalformedPacket => EndReason.MalformedPacket,
        MqttReasonCode.ProtocolError or MqttReasonCode.TopicAliasInvalid => EndReason.ProtocolError,
        _ => EndReason.PublishRefused,
    };

    private static MqttReasonCode CodeOf(Refusal refusal) => refusal switch
    {
        Refusal.UndeclaredTopic or Refusal.InvalidTopic or Refusal.ControlCharacter => MqttReasonCode.TopicNameInvalid,
        Refusal.DownlinkTopic or Refusal.InternalTopic or Refusal.ForeignTopic => MqttReasonCode.NotAuthorized,
        Refusal.PropertiesTooLarge => MqttReasonCode.QuotaExceeded,
        _ => MqttReasonCode.ImplementationSpecificError,
    };
}
