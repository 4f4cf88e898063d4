using System.Buffers;

namespace Telematics.Simulator.Cars;

/// <summary>A car's unacknowledged publishes, in the order in which they were first sent; a new connection sends them again in that order [MQTT-4.6.0-1].</summary>
internal sealed class InflightWindow
{
    private Unacknowledged[] _entries = new Unacknowledged[1];
    private ushort _lastPacketId;

    public int Count { get; private set; }

    /// <summary>Publishes that the present connection carries.</summary>
    public int OnWire { get; private set; }

    /// <summary>A packet identifier that none of them has.</summary>
    public ushort NextPacketId()
    {
        do
        {
            _lastPacketId = _lastPacketId == ushort.MaxValue ? (ushort)1 : (ushort)(_lastPacketId + 1);
        }
        while (IndexOf(_lastPacketId) >= 0);
        return _lastPacketId;
    }

    /// <summary>Adds one that has just been sent.</summary>
    public void Add(in Unacknowledged entry)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Count * 2);
        }

        _entries[Count++] = entry;
        OnWire++;
    }

    /// <summary>Takes out the one that a PUBACK answers; its packet goes back to the pool.</summary>
    public bool TryRemove(ushort packetId, out long firstSent)
    {
        var at = IndexOf(packetId);
        if (at < 0 || !_entries[at].IsOnWire)
        {
            firstSent = 0;
            return false;
        }

        firstSent = _entries[at].FirstSent;
        ArrayPool<byte>.Shared.Return(_entries[at].Packet);
        Array.Copy(_entries, at + 1, _entries, at, Count - at - 1);
        _entries[--Count] = default;
        OnWire--;
        return true;
    }

    /// <summary>The connection is gone: nothing is on the wire any more.</summary>
    public void OnConnectionLost()
    {
        OnWire = 0;
        for (var i = 0; i < Count; i++)
        {
            _entries[i].IsOnWire = false;
        }
    }

    /// <summary>The oldest that the present connection has not carried yet, now counted as carried.</summary>
    public bool TryTakeUnsent(out ReadOnlyMemory<byte> packet, bool duplicate)
    {
        if (OnWire == Count)
        {
            packet = default;
            return false;
        }

        ref var entry = ref _entries[OnWire++];
        entry.IsOnWire = true;
        entry.Packet[0] = (byte)(duplicate ? entry.Packet[0] | 0x08 : entry.Packet[0] & ~0x08);
        packet = entry.Packet.AsMemory(0, entry.Length);
        return true;
    }

    private int IndexOf(ushort packetId)
    {
        for (var i = 0; i < Count; i++)
        {
            if (_entries[i].PacketId == packetId)
            {
                return i;
            }
        }

        return -1;
    }
}
