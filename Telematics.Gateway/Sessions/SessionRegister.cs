using Telematics.Mqtt;

namespace Telematics.Gateway.Sessions;

/// <summary>
/// Which sessions are here: claimed by CONNECT (from this loop or another), kept without a connection, ended. A client
/// identifier has one session in the whole gateway; who claims last in the <see cref="ClientDirectory"/> gets it.
/// </summary>
internal sealed class SessionRegister(SessionLoop loop)
{
    private Slab<Session> Sessions => loop.Sessions;

    /// <summary>Makes a session for a connection. True when it is ready; false when another loop must give it first.</summary>
    public bool TryClaim(int connectionSlot, Handshake handshake)
    {
        var slot = Sessions.Allocate();
        ref var connection = ref loop.Connections[connectionSlot];
        ref var session = ref Sessions[slot];
        session.ClientId = connection.ClientId;
        session.Connection = connectionSlot;
        session.Expiry = handshake.SessionExpiry;
        session.IsVehicle = handshake.IsVehicle;
        session.IsCleanClaim = handshake.CleanStart;
        session.IsClaiming = true;
        connection.Session = slot;
        loop.Counters.Sessions++;
        var mine = AddressOf(slot);
        if (loop.Shared.Directory.Claim(session.ClientId, mine) is not { } before)
        {
            session.IsClaiming = false;
            return true;
        }

        var takeOver = new TakeOver(before, handshake.CleanStart, mine);
        if (before.Loop != loop.Index)
        {
            loop.Shared.Loops[before.Loop].Post(takeOver);
            return false;
        }

        if (TrySurrender(takeOver, out var content))
        {
            handshake.SessionPresent = Adopt(slot, content);
            return true;
        }

        return false;
    }

    /// <summary>Another connection claims a session that is, or was, here.</summary>
    public void OnTakeOver(TakeOver takeOver)
    {
        if (TrySurrender(takeOver, out var content))
        {
            loop.Shared.Loops[takeOver.ReplyTo.Loop].Post(new SessionTransfer(takeOver.ReplyTo, content));
        }
    }

    /// <summary>The session that was asked for, or that there is none.</summary>
    public void OnTransfer(SessionAddress to, SessionContent? content)
    {
        if (!Sessions.IsCurrent(to.Slot, to.Generation) || !Sessions[to.Slot].IsClaiming)
        {
            Drop(content);
            return;
        }

        ref var session = ref Sessions[to.Slot];
        if (session.Successor is { } successor)
        {
            // Claimed on while it was being claimed: pass on what this claim did not throw away.
            var rest = session.IsCleanClaim || successor.IsClean ? null : content;
            if (rest is null)
            {
                Drop(content);
            }

            Forget(to.Slot);
            loop.Shared.Loops[successor.ReplyTo.Loop].Post(new SessionTransfer(successor.ReplyTo, rest));
            return;
        }

        var isPresent = Adopt(to.Slot, content);
        if (session.Connection >= 0)
        {
            loop.Connections[session.Connection].Handshake!.SessionPresent = isPresent;
            loop.Connects.OnClaimed(session.Connection);
        }
        else
        {
            Keep(to.Slot);
        }
    }

    /// <summary>A session lost its connection.</summary>
    public void OnConnectionEnded(int slot, int connectionSlot, bool wasOpen, bool isDiscarded)
    {
        ref var session = ref Sessions[slot];
        session.Connection = -1;
        if (session.IsClaiming)
        {
            return; // the transfer comes and finds it without connection
        }

        if (!wasOpen)
        {
            session.Will = null; // never accepted
        }

        var isKept = session.Expiry > 0 && !isDiscarded;
        loop.Deliveries.OnConnectionEnded(slot, connectionSlot, isKept);
        if (isKept)
        {
            Keep(slot);
        }
        else
        {
            EndSession(slot);
        }
    }

    /// <summary>A deadline of a session without connection.</summary>
    public void OnTimer(TimerKind kind, int slot)
    {
        ref var session = ref Sessions[slot];
        if (kind == TimerKind.WillDelay)
        {
            session.WillTimer = default;
            loop.Wills.Publish(ref session);
        }
        else
        {
            session.ExpiryTimer = default;
            EndSession(slot);
        }
    }

    /// <summary>The address of a session here.</summary>
    public SessionAddress AddressOf(int slot) => new(loop.Index, slot, Sessions.GenerationOf(slot));

    /// <summary>Gives a session away; false when the answer must wait for another loop's.</summary>
    private bool TrySurrender(TakeOver takeOver, out SessionContent? content)
    {
        content = null;
        var (_, slot, generation) = takeOver.Address;
        if (!Sessions.IsCurrent(slot, generation))
        {
            return true;
        }

        if (Sessions[slot].Connection >= 0)
        {
            loop.Ends.End(Sessions[slot].Connection, EndReason.TakenOver, MqttReasonCode.SessionTakenOver, isSessionDiscarded: takeOver.IsClean);
            if (!Sessions.IsCurrent(slot, generation))
            {
                return true; // it ended with its connection
            }
        }

        ref var session = ref Sessions[slot];
        if (session.IsClaiming)
        {
            session.Successor = takeOver;
            return false;
        }

        if (takeOver.IsClean)
        {
            EndSession(slot);
            return true;
        }

        // The session goes on, so a delayed will is not sent [MQTT-3.1.3-9].
        content = new SessionContent
        {
            Expiry = session.Expiry,
            LastPacketId = session.LastPacketId,
            SeenTopics = Math.Max(session.SeenTopics, loop.Recent.LastSequence),
            Subscriptions = session.Subscriptions,
            Outbox = session.Outbox,
        };
        session.Outbox = null;
        Forget(slot);
        return true;
    }

    /// <summary>Takes over what there was; answers whether a session was present.</summary>
    private bool Adopt(int slot, SessionContent? content)
    {
        ref var session = ref Sessions[slot];
        session.IsClaiming = false;
        if (content is null || session.IsCleanClaim)
        {
            Drop(content);
            return false;
        }

        session.LastPacketId = content.LastPacketId;
        if (content.Outbox is { } outbox)
        {
            if (session.Outbox is { } meanwhile)
            {
                outbox.EnqueueAll(meanwhile);
            }

            session.Outbox = outbox;
        }

        loop.Subscriptions.Restore(slot, content.Subscriptions);

        // The loops are not at the same message: what this one had before the session came is made up for, what the
        // other one had before is not given twice.
        session.SeenTopics = content.SeenTopics;
        loop.Recent.Replay(slot);
        return true;
    }

    /// <summary>
    /// The gateway stops, and the sessions it keeps end with it: a will that waits for its time is due at the latest when
    /// its session ends (MQTT 5.0 §3.1.3.2.2). Connections that are still here follow when they leave.
    /// </summary>
    public void OnDraining()
    {
        for (var slot = 0; slot < Sessions.HighWater; slot++)
        {
            if (Sessions.IsInUse(slot) && Sessions[slot].Connection < 0)
            {
                loop.Wills.Publish(ref Sessions[slot]);
            }
        }
    }

    private void Keep(int slot)
    {
        ref var session = ref Sessions[slot];
        if (session.Expiry == 0)
        {
            EndSession(slot);
            return;
        }

        var generation = Sessions.GenerationOf(slot);
        session.ExpiryTimer = loop.AddTimer(TimerKind.SessionExpiry, slot, generation, session.Expiry * 1_000L);
        if (session.Will is { DelaySeconds: 0 } || loop.IsDraining)
        {
            loop.Wills.Publish(ref session);
        }
        else if (session.Will is { } will && will.DelaySeconds < session.Expiry)
        {
            session.WillTimer = loop.AddTimer(TimerKind.WillDelay, slot, generation, will.DelaySeconds * 1_000L);
        }
    }

    private void EndSession(int slot)
    {
        // A will that was not yet due is due now (§3.1.3.2.2).
        loop.Wills.Publish(ref Sessions[slot]);
        Forget(slot);
    }

    private void Drop(SessionContent? content)
    {
        if (content?.Outbox is { } outbox)
        {
            loop.Deliveries.Drop(outbox);
        }
    }

    private void Forget(int slot)
    {
        ref var session = ref Sessions[slot];
        loop.Deliveries.Drop(ref session);
        loop.CancelTimer(ref session.ExpiryTimer);
        loop.CancelTimer(ref session.WillTimer);
        loop.Subscriptions.RemoveAll(slot);
        loop.Shared.Directory.Release(session.ClientId, AddressOf(slot));
        loop.Counters.Sessions--;
        Sessions.Free(slot);
    }
}
