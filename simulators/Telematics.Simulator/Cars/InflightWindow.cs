namespace Telematics.Simulator.Cars;

/// <summary>
/// A car's unacknowledged publishes, in the order in which they were first sent; a new connection sends them again in
/// that order [MQTT-4.6.0-1]. They lie in the worker's <see cref="InflightSlab"/>; those that the present connection
/// carries are the first ones.
/// </summary>
internal struct InflightWindow
{
    private int _first;
    private int _last;
    private ushort _lastPacketId;
    private byte _count;
    private byte _onWire;

    /// <summary>How many there are, at most <see cref="FleetOptions.MaximumWindow"/>.</summary>
    public readonly int Count => _count;

    /// <summary>Publishes that the present connection carries.</summary>
    public readonly int OnWire => _onWire;

    /// <summary>A packet identifier that none of them has.</summary>
    public ushort NextPacketId(InflightSlab slab)
    {
        do
        {
            _lastPacketId = _lastPacketId == ushort.MaxValue ? (ushort)1 : (ushort)(_lastPacketId + 1);
        }
        while (Contains(slab, _lastPacketId));
        return _lastPacketId;
    }

    /// <summary>Adds one that is being sent.</summary>
    public void Add(InflightSlab slab, in Unacknowledged publish)
    {
        var index = slab.Rent();
        slab[index] = publish;
        slab[index].Next = InflightSlab.None;
        if (_count == 0)
        {
            _first = index;
        }
        else
        {
            slab[_last].Next = index;
        }

        _last = index;
        _count++;
        _onWire++;
    }

    /// <summary>Takes out the one that a PUBACK answers; false when the present connection carries no such.</summary>
    public bool TryRemove(InflightSlab slab, ushort packetId, out long firstSent)
    {
        var before = InflightSlab.None;
        var index = _first;
        for (var i = 0; i < _onWire; i++)
        {
            ref var entry = ref slab[index];
            if (entry.PacketId == packetId)
            {
                firstSent = entry.FirstSent;
                Unlink(slab, before, index);
                return true;
            }

            (before, index) = (index, entry.Next);
        }

        firstSent = 0;
        return false;
    }

    /// <summary>The connection is gone: nothing is on the wire any more.</summary>
    public void OnConnectionLost() => _onWire = 0;

    /// <summary>The oldest that the present connection has not carried yet, now counted as carried.</summary>
    public bool TryTakeUnsent(InflightSlab slab, out ReadOnlySpan<byte> packet, bool duplicate)
    {
        if (_onWire == _count)
        {
            packet = default;
            return false;
        }

        var index = _first;
        for (var i = 0; i < _onWire; i++)
        {
            index = slab[index].Next;
        }

        _onWire++;
        ref var entry = ref slab[index];
        entry.Packet[0] = (byte)(duplicate ? entry.Packet[0] | 0x08 : entry.Packet[0] & ~0x08);
        packet = entry.Packet.AsSpan(0, entry.Length);
        return true;
    }

    private void Unlink(InflightSlab slab, int before, int index)
    {
        var next = slab[index].Next;
        if (before == InflightSlab.None)
        {
            _first = next;
        }
        else
        {
            slab[before].Next = next;
        }

        if (_last == index)
        {
            _last = before;
        }

        slab.Return(index);
        _count--;
        _onWire--;
    }

    private readonly bool Contains(InflightSlab slab, ushort packetId)
    {
        for (var index = _count == 0 ? InflightSlab.None : _first; index != InflightSlab.None; index = slab[index].Next)
        {
            if (slab[index].PacketId == packetId)
            {
                return true;
            }
        }

        return false;
    }
}
