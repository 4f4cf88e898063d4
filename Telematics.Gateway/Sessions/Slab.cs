namespace Telematics.Gateway.Sessions;

/// <summary>
/// Slots that are reused, each with a generation that changes when it is taken and when it is given back, so that a late
/// answer never speaks for the slot's next owner. Chunks never move: a reference into a slot stays good while the slab grows.
/// </summary>
/// <typeparam name="T">What a slot holds; its default value is the empty slot.</typeparam>
internal sealed class Slab<T>
    where T : struct
{
    private const int ChunkBits = 8;
    private const int ChunkSize = 1 << ChunkBits;
    private const int GenerationMask = 0x3FFF_FFFF;

    private readonly List<Entry[]> _chunks = [];
    private readonly Stack<int> _free = new();

    /// <summary>Slots in use.</summary>
    public int Count { get; private set; }

    /// <summary>One more than the highest slot that was ever in use.</summary>
    public int HighWater { get; private set; }

    /// <summary>The content of a slot.</summary>
    public ref T this[int slot] => ref _chunks[slot >> ChunkBits][slot & (ChunkSize - 1)].Value;

    /// <summary>Takes a slot.</summary>
    public int Allocate()
    {
        if (!_free.TryPop(out var slot))
        {
            slot = HighWater++;
            if (slot >> ChunkBits == _chunks.Count)
            {
                _chunks.Add(new Entry[ChunkSize]);
            }
        }

        Count++;
        Step(slot);
        return slot;
    }

    /// <summary>Gives a slot back and empties it.</summary>
    public void Free(int slot)
    {
        this[slot] = default;
        Step(slot);
        Count--;
        _free.Push(slot);
    }

    /// <summary>The generation of a slot: odd while it is in use.</summary>
    public int GenerationOf(int slot) => _chunks[slot >> ChunkBits][slot & (ChunkSize - 1)].Generation;

    /// <summary>Whether a slot is in use.</summary>
    public bool IsInUse(int slot) => (GenerationOf(slot) & 1) == 1;

    /// <summary>Whether a slot is still that of a generation.</summary>
    public bool IsCurrent(int slot, int generation) => (uint)slot < (uint)HighWater && (generation & 1) == 1 && GenerationOf(slot) == generation;

    private void Step(int slot)
    {
        ref var generation = ref _chunks[slot >> ChunkBits][slot & (ChunkSize - 1)].Generation;
        generation = (generation + 1) & GenerationMask;
    }

    private struct Entry
    {
        public T Value;
        public int Generation;
    }
}
