namespace Telematics.Simulator.Cars;

/// <summary>
/// The unacknowledged publishes of all cars of a worker: a car that has none holds no memory for any, and what is used is
/// used again while it is still in the processor's cache.
/// </summary>
internal sealed class InflightSlab
{
    /// <summary>No entry: the first one is never given out.</summary>
    public const int None = 0;

    private Unacknowledged[] _entries = new Unacknowledged[64];
    private int _used = None + 1;
    private int _free;

    /// <summary>Takes what is no longer used.</summary>
    public PacketPool Packets { get; } = new();

    /// <summary>An entry; the reference is good until the next <see cref="Rent"/>.</summary>
    public ref Unacknowledged this[int index] => ref _entries[index];

    /// <summary>An entry for a car to fill.</summary>
    public int Rent()
    {
        var index = _free;
        if (index != None)
        {
            _free = _entries[index].Next;
            return index;
        }

        if (_used == _entries.Length)
        {
            Array.Resize(ref _entries, _entries.Length * 2);
        }

        return _used++;
    }

    /// <summary>Takes an entry back, with its packet.</summary>
    public void Return(int index)
    {
        Packets.Return(_entries[index].Packet);
        _entries[index] = new Unacknowledged { Packet = [], Next = _free };
        _free = index;
    }
}
