using Telematics.Mqtt;

namespace Telematics.Gateway.Sessions;

/// <summary>
/// QoS 1 publishes of one connection that wait for their PUBACK, in the order in which they came: the log may store them
/// in another, PUBACKs leave in this one ([MQTT-4.6.0-2]).
/// </summary>
/// <param name="capacity">The server's Receive Maximum.</param>
internal sealed class PubackWindow(int capacity)
{
    private readonly Entry[] _entries = new Entry[capacity];
    private long _first;
    private int _count;

    /// <summary>How many wait.</summary>
    public int Count => _count;

    /// <summary>Whether no further one may come.</summary>
    public bool IsFull => _count == _entries.Length;

    /// <summary>Whether a packet identifier waits already.</summary>
    public bool Contains(ushort packetId)
    {
        for (var i = 0; i < _count; i++)
        {
            if (EntryAt(_first + i).PacketId == packetId)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Adds one and answers its number, the item of its append.</summary>
    public long Add(ushort packetId, long now)
    {
        var number = _first + _count++;
        EntryAt(number) = new Entry { PacketId = packetId, Since = now };
        return number;
    }

    /// <summary>Takes back the one added last: it could not be appended now and comes again.</summary>
    public void RemoveLast() => _count--;

    /// <summary>Notes the answer to one; a number that is not (or no longer) here is ignored.</summary>
    public void Complete(long number, MqttReasonCode reason)
    {
        if (number >= _first && number < _first + _count)
        {
            ref var entry = ref EntryAt(number);
            entry.IsAnswered = true;
            entry.Reason = reason;
        }
    }

    /// <summary>Takes the oldest if its answer is known.</summary>
    public bool TryTake(out ushort packetId, out MqttReasonCode reason, out long since)
    {
        ref var entry = ref EntryAt(_first);
        packetId = entry.PacketId;
        reason = entry.Reason;
        since = entry.Since;
        if (_count == 0 || !entry.IsAnswered)
        {
            return false;
        }

        _first++;
        _count--;
        return true;
    }

    private ref Entry EntryAt(long number) => ref _entries[(int)(number % _entries.Length)];

    private struct Entry
    {
        public long Since;
        public ushort PacketId;
        public MqttReasonCode Reason;
        public bool IsAnswered;
    }
}
