namespace Telematics.Simulator.Cars;

/// <summary>Byte arrays of one worker to be used again; no locks, unlike the shared pool, and none lost while many are out.</summary>
internal sealed class PacketPool
{
    private const int Grain = 256;
    private const int KeptOfSize = 1_024;

    private readonly List<Stack<byte[]>> _bySize = [];

    /// <summary>An array of at least this length, from 1.</summary>
    public byte[] Rent(int length)
    {
        var size = (length - 1) / Grain;
        return size < _bySize.Count && _bySize[size].TryPop(out var packet) ? packet : new byte[(size + 1) * Grain];
    }

    /// <summary>Takes an array back; more than are worth keeping are left to the collector.</summary>
    public void Return(byte[] packet)
    {
        var size = (packet.Length / Grain) - 1;
        while (_bySize.Count <= size)
        {
            _bySize.Add(new Stack<byte[]>());
        }

        if (_bySize[size].Count < KeptOfSize)
        {
            _bySize[size].Push(packet);
        }
    }
}
