using Telematics.Gateway.Sessions;

namespace Telematics.Gateway.Downlink;

/// <summary>What a session has for its client: QoS 1 publishes without PUBACK in their order, and what waits behind them. Absent when there is nothing.</summary>
/// <param name="budget">Counts what waits. What was written is not counted: it is bounded by the window.</param>
internal sealed class Outbox(BufferBudget budget)
{
    private readonly List<Inflight> _inflight = [];
    private readonly List<Delivery> _waiting = [];
    private int _firstWaiting;

    /// <summary>Publishes written to the present connection and not acknowledged.</summary>
    public int WrittenCount { get; private set; }

    /// <summary>Publishes not acknowledged, written to this connection or an earlier one.</summary>
    public int InflightCount => _inflight.Count;

    public int WaitingCount => _waiting.Count - _firstWaiting;

    public int WaitingBytes
    {
        get;
        private set
        {
            budget.Add(value - field);
            field = value;
        }
    }

    /// <summary>Whether the log has a line about a message that was dropped.</summary>
    public bool HasOverflowed { get; set; }

    public bool IsEmpty => _inflight.Count == 0 && WaitingCount == 0;

    /// <summary>Notes a publish as written.</summary>
    public void AddInflight(ushort packetId, in Delivery delivery)
    {
        _inflight.Add(new Inflight(packetId, delivery, IsWritten: true));
        WrittenCount++;
    }

    /// <summary>Whether a packet identifier is in use.</summary>
    public bool Uses(ushort packetId)
    {
        foreach (var inflight in _inflight)
        {
            if (inflight.PacketId == packetId)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes the publish that a PUBACK answers.</summary>
    public bool TryAcknowledge(ushort packetId, out Delivery delivery)
    {
        for (var i = 0; i < _inflight.Count; i++)
        {
            if (_inflight[i].PacketId == packetId)
            {
                delivery = _inflight[i].Delivery;
                WrittenCount -= _inflight[i].IsWritten ? 1 : 0;
                _inflight.RemoveAt(i);
                return true;
            }
        }

        delivery = default;
        return false;
    }

    /// <summary>The oldest publish of an earlier connection that was not sent again; it counts as written from here on.</summary>
    public bool TryResend(out ushort packetId, out Delivery delivery)
    {
        for (var i = 0; i < _inflight.Count; i++)
        {
            if (!_inflight[i].IsWritten)
            {
                (packetId, delivery, _) = _inflight[i];
                _inflight[i] = _inflight[i] with { IsWritten = true };
                WrittenCount++;
                return true;
            }
        }

        packetId = 0;
        delivery = default;
        return false;
    }

    /// <summary>The connection is gone: everything unacknowledged is to be sent again.</summary>
    public void OnConnectionEnded()
    {
        for (var i = 0; i < _inflight.Count; i++)
        {
            _inflight[i] = _inflight[i] with { IsWritten = false };
        }

        WrittenCount = 0;
    }

    /// <summary>Adds behind what waits.</summary>
    public void Enqueue(in Delivery delivery)
    {
        _waiting.Add(delivery);
        WaitingBytes += delivery.Message.Size;
    }

    /// <summary>Adds what waited elsewhere, in its order.</summary>
    public void EnqueueAll(Outbox other)
    {
        while (other.WaitingCount > 0)
        {
            Enqueue(other.Dequeue());
        }
    }

    /// <summary>Looks at the one that waits longest.</summary>
    public bool TryPeek(out Delivery delivery)
    {
        delivery = WaitingCount > 0 ? _waiting[_firstWaiting] : default;
        return WaitingCount > 0;
    }

    /// <summary>Removes the one that waits longest.</summary>
    public Delivery Dequeue()
    {
        var delivery = _waiting[_firstWaiting];
        _waiting[_firstWaiting++] = default;
        WaitingBytes -= delivery.Message.Size;
        if (_firstWaiting == _waiting.Count)
        {
            _waiting.Clear();
            _firstWaiting = 0;
        }
        else if (_firstWaiting >= 64 && _firstWaiting * 2 >= _waiting.Count)
        {
            _waiting.RemoveRange(0, _firstWaiting);
            _firstWaiting = 0;
        }

        return delivery;
    }

    /// <summary>Puts a newer attempt of a command in the place of an older one that still waits.</summary>
    public bool TryReplaceOrder(in Delivery delivery)
    {
        for (var i = _firstWaiting; i < _waiting.Count; i++)
        {
            if (_waiting[i].IsOrder && _waiting[i].Message.Order!.CommandId == delivery.Message.Order!.CommandId)
            {
                WaitingBytes += delivery.Message.Size - _waiting[i].Message.Size;
                _waiting[i] = delivery;
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes out what waits and satisfies a condition.</summary>
    public IReadOnlyList<Delivery> RemoveWaiting(Predicate<Delivery> condition)
    {
        var removed = _waiting.FindAll(delivery => delivery.Message is not null && condition(delivery));
        if (removed.Count > 0)
        {
            _waiting.RemoveRange(0, _firstWaiting);
            _firstWaiting = 0;
            _waiting.RemoveAll(condition);
            WaitingBytes -= removed.Sum(delivery => delivery.Message.Size);
        }

        return removed;
    }

    /// <summary>Drops everything.</summary>
    public void Clear()
    {
        _inflight.Clear();
        _waiting.Clear();
        _firstWaiting = 0;
        WrittenCount = 0;
        WaitingBytes = 0;
    }

    /// <summary>Drops unacknowledged publishes that would be sent again and satisfy a condition.</summary>
    public void RemoveUnwritten(Predicate<Delivery> condition) => _inflight.RemoveAll(inflight => !inflight.IsWritten && condition(inflight.Delivery));

    private readonly record struct Inflight(ushort PacketId, Delivery Delivery, bool IsWritten);
}
