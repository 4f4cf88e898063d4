using System.Text;

namespace Telematics.Api.Live;

/// <summary>The slots in blocks that never move, and the way from a vehicle id to its slot. Ids are kept as bytes: a string each would cost as much as the state.</summary>
internal sealed class SlotTable
{
    private const int BlockBits = 12;
    private const int BlockSize = 1 << BlockBits;
    private const int ArenaBits = 18;
    private const int ArenaBlock = 1 << ArenaBits;

    private readonly List<LiveSlot[]> _blocks = [];
    private readonly List<byte[]> _arena = [];
    private readonly Stack<int> _free = new();
    private int _arenaLength;
    private int[] _buckets = new int[64];
    private int[] _sorted = [];
    private int _sortedCount;
    private readonly List<int> _unsorted = [];

    /// <summary>How many slots were ever given out; slots are 0 to this - 1.</summary>
    public int Count { get; private set; }

    /// <summary>Slots in use.</summary>
    public int UsedCount => Count - _free.Count;

    /// <summary>A slot.</summary>
    public ref LiveSlot this[int slot] => ref _blocks[slot >> BlockBits][slot & (BlockSize - 1)];

    /// <summary>The vehicle's id in UTF-8 (ASCII).</summary>
    public ReadOnlySpan<byte> IdOf(int slot)
    {
        ref var entry = ref this[slot];
        return _arena[entry.IdStart >> ArenaBits].AsSpan(entry.IdStart & (ArenaBlock - 1), entry.IdLength);
    }

    /// <summary>The vehicle's id.</summary>
    public string IdTextOf(int slot) => Encoding.ASCII.GetString(IdOf(slot));

    /// <summary>The slot of a vehicle, or -1.</summary>
    public int Find(ReadOnlySpan<byte> id)
    {
        for (var i = Hash(id) & (_buckets.Length - 1); _buckets[i] != 0; i = (i + 1) & (_buckets.Length - 1))
        {
            var slot = _buckets[i] - 1;
            if (IdOf(slot).SequenceEqual(id))
            {
                return slot;
            }
        }

        return -1;
    }

    /// <summary>Gives a vehicle that has none a slot.</summary>
    public int Add(ReadOnlySpan<byte> id)
    {
        if (UsedCount * 2 >= _buckets.Length)
        {
            Rehash();
        }

        if (!_free.TryPop(out var slot))
        {
            slot = Count++;
            if ((slot & (BlockSize - 1)) == 0)
            {
                _blocks.Add(new LiveSlot[BlockSize]);
            }
        }

        ref var entry = ref this[slot];
        var reusable = entry.IdLength >= id.Length ? entry.IdStart : -1;
        entry = new LiveSlot { Flags = LiveFlags.Used, IdLength = (byte)id.Length, IdStart = reusable >= 0 ? reusable : Reserve(id.Length), ChangePrevious = -1, ChangeNext = -1 };
        id.CopyTo(_arena[entry.IdStart >> ArenaBits].AsSpan(entry.IdStart & (ArenaBlock - 1)));
        Insert(slot);
        _unsorted.Add(slot);
        return slot;
    }

    /// <summary>Takes a slot back.</summary>
    public void Remove(int slot)
    {
        // Linear probing without tombstones: what follows is put in again.
        var i = Hash(IdOf(slot)) & (_buckets.Length - 1);
        while (_buckets[i] != slot + 1)
        {
            i = (i + 1) & (_buckets.Length - 1);
        }

        _buckets[i] = 0;
        for (i = (i + 1) & (_buckets.Length - 1); _buckets[i] != 0; i = (i + 1) & (_buckets.Length - 1))
        {
            var moved = _buckets[i] - 1;
            _buckets[i] = 0;
            Insert(moved);
        }

        if (!_unsorted.Remove(slot))
        {
            var at = LowerBound(IdOf(slot), inclusive: true);
            Array.Copy(_sorted, at + 1, _sorted, at, --_sortedCount - at);
        }

        this[slot].Flags = LiveFlags.None;
        _free.Push(slot);
    }

    /// <summary>The slots in the ordinal order of their ids.</summary>
    public ReadOnlySpan<int> Sorted()
    {
        Sort();
        return _sorted.AsSpan(0, _sortedCount);
    }

    /// <summary>The place in <see cref="Sorted"/> of the first id that is not before <paramref name="id"/> (or behind it, when not inclusive).</summary>
    public int LowerBound(ReadOnlySpan<byte> id, bool inclusive)
    {
        var low = 0;
        var high = _sortedCount;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            var order = IdOf(_sorted[middle]).SequenceCompareTo(id);
            if (order < 0 || (order == 0 && !inclusive))
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    // New vehicles come many at once, so they are sorted in when somebody asks.
    private void Sort()
    {
        if (_unsorted.Count == 0)
        {
            return;
        }

        _unsorted.Sort((left, right) => IdOf(left).SequenceCompareTo(IdOf(right)));
        var merged = new int[Math.Max(_sorted.Length, _sortedCount + _unsorted.Count + (_sortedCount / 8))];
        int from = 0, to = 0;
        foreach (var slot in _unsorted)
        {
            for (; from < _sortedCount && IdOf(_sorted[from]).SequenceCompareTo(IdOf(slot)) < 0; from++)
            {
                merged[to++] = _sorted[from];
            }

            merged[to++] = slot;
        }

        Array.Copy(_sorted, from, merged, to, _sortedCount - from);
        _sortedCount += _unsorted.Count;
        _sorted = merged;
        _unsorted.Clear();
        if (_unsorted.Capacity > BlockSize)
        {
            _unsorted.Capacity = 0;
        }
    }

    private int Reserve(int length)
    {
        if (_arena.Count == 0 || _arenaLength + length > ArenaBlock)
        {
            _arena.Add(new byte[ArenaBlock]);
            _arenaLength = 0;
        }

        var start = ((_arena.Count - 1) << ArenaBits) + _arenaLength;
        _arenaLength += length;
        return start;
    }

    private void Insert(int slot)
    {
        var i = Hash(IdOf(slot)) & (_buckets.Length - 1);
        while (_buckets[i] != 0)
        {
            i = (i + 1) & (_buckets.Length - 1);
        }

        _buckets[i] = slot + 1;
    }

    private void Rehash()
    {
        var old = _buckets;
        _buckets = new int[old.Length * 2];
        foreach (var bucket in old)
        {
            if (bucket != 0)
            {
                Insert(bucket - 1);
            }
        }
    }

    private static int Hash(ReadOnlySpan<byte> id)
    {
        var hash = default(HashCode);
        hash.AddBytes(id);
        return hash.ToHashCode();
    }
}
