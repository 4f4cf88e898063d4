using Telematics.Contracts.Commands;
using Telematics.Gateway.Sessions;
using Telematics.Mqtt;

namespace Telematics.Gateway.Downlink;

/// <summary>
/// Publishes to clients: at once while the window has room, else in the session's outbox. Orders leave receipts.
/// </summary>
internal sealed class Deliveries(SessionLoop loop)
{
    private readonly PublishEncoder _encoder = new(loop);

    /// <summary>Whether a session's client is here: connected, or behind its CONNACK.</summary>
    public bool IsHere(int sessionSlot)
    {
        ref var session = ref loop.Sessions[sessionSlot];
        return session.Connection >= 0 && loop.Connections[session.Connection].IsHere;
    }

    /// <summary>Gives a session a message: written now, kept for later, or dropped and counted when it may not be kept.</summary>
    public void Offer(int sessionSlot, in Delivery delivery)
    {
        ref var session = ref loop.Sessions[sessionSlot];
        var isOpen = session.Connection >= 0 && loop.Connections[session.Connection].State == ConnectionState.Open;
        var isKept = !isOpen || loop.Connections[session.Connection].Unsent > 0 || session.Outbox is { WaitingCount: > 0 };
        if (isKept && loop.Shared.Buffers.IsUsedUp())
        {
            loop.Counters.MessagesOutDropped++;
        }
        else if (isOpen && delivery.QualityOfService == 0)
        {
            WriteUnacknowledged(session.Connection, delivery);
        }
        else if (isOpen && (session.Outbox is null || session.Outbox.WaitingCount == 0) && HasRoom(session.Connection, session.Outbox))
        {
            WriteAcknowledged(session.Connection, sessionSlot, delivery);
        }
        else if (session.Connection >= 0 || (session.Expiry > 0 && delivery.QualityOfService > 0))
        {
            Enqueue(ref session, delivery);
        }
        else
        {
            loop.Counters.MessagesOutDropped++;
        }
    }

    /// <summary>A PUBACK came.</summary>
    public void OnPuback(int slot, ushort packetId, MqttReasonCode reason)
    {
        ref var session = ref loop.Sessions[loop.Connections[slot].Session];
        if (session.Outbox is null || !session.Outbox.TryAcknowledge(packetId, out var delivery))
        {
            return; // an answer to what was given up, or no answer to anything
        }

        if (delivery.IsOrder)
        {
            var isRefused = reason >= MqttReasonCode.UnspecifiedError;
            loop.Receipts.Add(new CommandReceipt
            {
                Kind = isRefused ? CommandReceiptKind.Refused : CommandReceiptKind.Delivered,
                CommandId = delivery.Message.Order!.CommandId,
                VehicleId = session.ClientId,
                Attempt = delivery.Message.Order.Attempt,
                ChannelId = loop.ChannelOf(slot),
                ReasonCode = isRefused ? (int)reason : null,
            });
        }

        Pump(slot);
    }

    /// <summary>CONNACK was written: what waits goes out, what was not acknowledged before goes again.</summary>
    public void OnAccepted(int slot) => Pump(slot);

    /// <summary>Writes what waits as far as the window and the socket allow.</summary>
    public void Pump(int slot)
    {
        if (loop.Connections[slot].State != ConnectionState.Open || loop.Sessions[loop.Connections[slot].Session].Outbox is not { } outbox)
        {
            return;
        }

        var sessionSlot = loop.Connections[slot].Session;
        while (HasRoom(slot, outbox) && outbox.TryResend(out var packetId, out var again))
        {
            if (again.Message.ExpiresAt <= loop.UnixNow || !_encoder.TryWrite(slot, again, packetId, isDuplicate: true))
            {
                outbox.TryAcknowledge(packetId, out _);
                loop.Counters.MessagesOutDropped++;
            }
        }

        while (outbox.TryPeek(out var delivery) && (delivery.QualityOfService == 0 || HasRoom(slot, outbox)))
        {
            outbox.Dequeue();
            if (delivery.QualityOfService == 0)
            {
                WriteUnacknowledged(slot, delivery);
            }
            else
            {
                WriteAcknowledged(slot, sessionSlot, delivery);
            }
        }

        if (outbox.IsEmpty)
        {
            loop.Sessions[sessionSlot].Outbox = null;
        }
    }

    /// <summary>A session's connection ended. What the client had not acknowledged is sent again if the session is kept; orders are not kept.</summary>
    public void OnConnectionEnded(int sessionSlot, int connectionSlot, bool isKept)
    {
        ref var session = ref loop.Sessions[sessionSlot];
        if (session.Outbox is not { } outbox)
        {
            return;
        }

        var vehicle = session.ClientId;
        foreach (var delivery in outbox.RemoveWaiting(static delivery => delivery.IsOrder || delivery.QualityOfService == 0))
        {
            // Commands orders it anew for the car's next channel; a broadcast finds its way by the delivery timeout.
            if (delivery.IsOrder && delivery.Message.PeerToPeerClient is not null)
            {
                loop.Receipts.Add(new CommandReceipt
                {
                    Kind = CommandReceiptKind.NotHere,
                    CommandId = delivery.Message.Order!.CommandId,
                    VehicleId = vehicle,
                    Attempt = delivery.Message.Order.Attempt,
                });
            }
        }

        outbox.OnConnectionEnded();
        if (!isKept || outbox.IsEmpty)
        {
            Drop(ref session);
        }
    }

    /// <summary>Nobody will get what a session keeps.</summary>
    public void Drop(ref Session session)
    {
        if (session.Outbox is { } outbox)
        {
            session.Outbox = null;
            Drop(outbox);
        }
    }

    /// <summary>Nobody will get this.</summary>
    public void Drop(Outbox outbox)
    {
        loop.Counters.MessagesOutDropped += outbox.InflightCount + outbox.WaitingCount;
        outbox.Clear();
    }

    private void Enqueue(ref Session session, in Delivery delivery)
    {
        session.Outbox ??= new Outbox(loop.Shared.Buffers);
        if (delivery.IsOrder && session.Outbox.TryReplaceOrder(delivery))
        {
            return;
        }

        session.Outbox.Enqueue(delivery);
        while (session.Outbox.WaitingCount > loop.Options.MaxQueuedMessages || session.Outbox.WaitingBytes > loop.Options.MaxQueuedBytes)
        {
            session.Outbox.Dequeue();
            loop.Counters.MessagesOutDropped++;
            if (!session.Outbox.HasOverflowed)
            {
                session.Outbox.HasOverflowed = true;
                loop.Shared.Logger.QueueOverflow(session.ClientId);
            }
        }
    }

    private bool HasRoom(int slot, Outbox? outbox)
    {
        // By what the socket has not taken, which is followed by OnSent; what this turn gathered may all be taken.
        loop.Output.FlushIfLarge(slot);
        var window = Math.Min(loop.Connections[slot].ReceiveMaximum, loop.Options.MaxInflight);
        return (outbox?.WrittenCount ?? 0) < window && loop.Connections[slot].Unsent < ConnectionOutput.HighWater;
    }

    private void WriteUnacknowledged(int slot, in Delivery delivery)
    {
        loop.Output.FlushIfLarge(slot);
        if (delivery.Message.ExpiresAt <= loop.UnixNow || loop.Connections[slot].Unsent > loop.Options.MaxUnsentBytes || !_encoder.TryWrite(slot, delivery, 0, isDuplicate: false))
        {
            loop.Counters.MessagesOutDropped++;
            return;
        }

        loop.Counters.MessagesOut++;
    }

    private void WriteAcknowledged(int slot, int sessionSlot, in Delivery delivery)
    {
        ref var session = ref loop.Sessions[sessionSlot];
        if (delivery.Message.ExpiresAt <= loop.UnixNow)
        {
            loop.Counters.MessagesOutDropped++;
            return;
        }

        session.Outbox ??= new Outbox(loop.Shared.Buffers);
        do
        {
            session.LastPacketId++;
        }
        while (session.LastPacketId == 0 || session.Outbox.Uses(session.LastPacketId));

        if (!_encoder.TryWrite(slot, delivery, session.LastPacketId, isDuplicate: false))
        {
            // Above the client's Maximum Packet Size: dropped as if delivered [MQTT-3.1.2-25].
            loop.Counters.MessagesOutDropped++;
            return;
        }

        session.Outbox.AddInflight(session.LastPacketId, delivery);
        loop.Counters.MessagesOut++;
        if (delivery.IsOrder)
        {
            loop.Receipts.Add(new CommandReceipt
            {
                Kind = CommandReceiptKind.Sent,
                CommandId = delivery.Message.Order!.CommandId,
                VehicleId = session.ClientId,
                Attempt = delivery.Message.Order.Attempt,
                ChannelId = loop.ChannelOf(slot),
            });
        }
    }
}
