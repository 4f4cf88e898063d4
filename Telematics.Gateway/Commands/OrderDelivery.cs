using Telematics.Contracts.Commands;
using Telematics.Gateway.Downlink;
using Telematics.Gateway.Sessions;
using Telematics.Mqtt;

namespace Telematics.Gateway.Commands;

/// <summary>Orders to cars of a loop, and orders to the gateway about them.</summary>
internal sealed class OrderDelivery(SessionLoop loop)
{
    /// <summary>An order for one car.</summary>
    /// <param name="message">The order; its peer-to-peer client is the car.</param>
    /// <param name="isOwn">Whether it was addressed to this instance, so that "not here" is answered.</param>
    public void Direct(OutboundMessage message, bool isOwn)
    {
        var vehicle = message.PeerToPeerClient!;
        if (loop.Shared.Directory.TryFind(vehicle.AsSpan(), out var address) && address.Loop != loop.Index)
        {
            // The car moved between the reader's look and ours.
            loop.Shared.Loops[address.Loop].Post(new DirectedWork(message, isOwn));
        }
        else if (loop.Sessions.IsCurrent(address.Slot, address.Generation) && loop.Deliveries.IsHere(address.Slot))
        {
            loop.Deliveries.Offer(address.Slot, new Delivery(message, 1, null, IsOrder: true));
        }
        else if (isOwn)
        {
            ReportNotHere(message);
        }
    }

    /// <summary>An order for every connection that is a car, and for whoever else subscribes to it.</summary>
    public void Broadcast(OutboundMessage message)
    {
        for (var slot = 0; slot < loop.Connections.HighWater; slot++)
        {
            if (loop.Connections.IsInUse(slot) && loop.Connections[slot].Session is var session && session >= 0
                && loop.Connections[slot].IsHere && loop.Sessions[session].IsVehicle)
            {
                loop.Deliveries.Offer(session, new Delivery(message, 1, null, IsOrder: true));
                loop.Output.FlushIfLarge(slot);
            }
        }

        loop.Subscriptions.Deliver(message);
    }

    /// <summary>Closes one channel.</summary>
    public void CloseChannel(int slot, int generation)
    {
        if (loop.Connections.IsCurrent(slot, generation))
        {
            End(slot);
        }
    }

    /// <summary>Closes whatever channel a vehicle holds on this loop, and log-ins of it that are being checked.</summary>
    public void CloseVehicle(string vehicleId)
    {
        loop.Connects.OnCredentialChanged(vehicleId);
        if (loop.Shared.Directory.TryFind(vehicleId.AsSpan(), out var address) && address.Loop == loop.Index
            && loop.Sessions.IsCurrent(address.Slot, address.Generation) && loop.Sessions[address.Slot].Connection is var slot && slot >= 0)
        {
            End(slot);
        }
    }

    /// <summary>Takes back what was not yet written of a command.</summary>
    /// <param name="commandId">The command.</param>
    /// <param name="vehicleId">The car, or null for all of a broadcast.</param>
    public void Withdraw(Guid commandId, string? vehicleId)
    {
        if (vehicleId is null)
        {
            for (var slot = 0; slot < loop.Sessions.HighWater; slot++)
            {
                if (loop.Sessions.IsInUse(slot))
                {
                    Withdraw(slot, commandId);
                }
            }
        }
        else if (loop.Shared.Directory.TryFind(vehicleId.AsSpan(), out var address) && address.Loop == loop.Index
            && loop.Sessions.IsCurrent(address.Slot, address.Generation))
        {
            Withdraw(address.Slot, commandId);
        }
    }

    /// <summary>Answers that a car is not here.</summary>
    public void ReportNotHere(OutboundMessage message) => loop.Receipts.Add(new CommandReceipt
    {
        Kind = CommandReceiptKind.NotHere,
        CommandId = message.Order!.CommandId,
        VehicleId = message.PeerToPeerClient!,
        Attempt = message.Order.Attempt,
    });

    private void End(int slot) => loop.Ends.End(
        slot,
        EndReason.Ordered,
        loop.Connections[slot].State == ConnectionState.Open ? MqttReasonCode.AdministrativeAction : MqttReasonCode.ServerUnavailable);

    private void Withdraw(int sessionSlot, Guid commandId)
    {
        ref var session = ref loop.Sessions[sessionSlot];
        if (session.Outbox is not { } outbox)
        {
            return;
        }

        bool IsIt(Delivery delivery) => delivery.IsOrder && delivery.Message.Order!.CommandId == commandId;
        foreach (var delivery in outbox.RemoveWaiting(IsIt))
        {
            loop.Receipts.Add(new CommandReceipt
            {
                Kind = CommandReceiptKind.Withdrawn,
                CommandId = commandId,
                VehicleId = session.ClientId,
                Attempt = delivery.Message.Order!.Attempt,
                ChannelId = session.Connection >= 0 ? loop.ChannelOf(session.Connection) : null,
            });
        }

        // It was written over an earlier connection; it is not written again.
        outbox.RemoveUnwritten(IsIt);
        if (outbox.IsEmpty)
        {
            session.Outbox = null;
        }
    }
}
