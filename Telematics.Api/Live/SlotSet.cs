namespace Telematics.Api.Live;

/// <summary>A set of slots: one bit each, in pages that exist only where a bit was set.</summary>
internal sealed class SlotSet
{
    private const int PageBits = 12;
    private const int PageSize = 1 << PageBits;

    private ulong[]?[] _pages = [];

    /// <summary>Adds a slot; false when it is there already.</summary>
    public bool Add(int slot)
    {
        var page = slot >> PageBits;
        if (page >= _pages.Length)
        {
            Array.Resize(ref _pages, Math.Max(page + 1, _pages.Length * 2));
        }

        ref var word = ref (_pages[page] ??= new ulong[PageSize / 64])[(slot & (PageSize - 1)) >> 6];
        var bit = 1UL << (slot & 63);
        var isNew = (word & bit) == 0;
        word |= bit;
        return isNew;
    }

    /// <summary>Takes a slot out; false when it is not there.</summary>
    public bool Remove(int slot)
    {
        var page = slot >> PageBits;
        if (page >= _pages.Length || _pages[page] is not { } words)
        {
            return false;
        }

        ref var word = ref words[(slot & (PageSize - 1)) >> 6];
        var bit = 1UL << (slot & 63);
        var wasThere = (word & bit) != 0;
        word &= ~bit;
        return wasThere;
    }

    /// <summary>Empties the set.</summary>
    public void Clear() => Array.Clear(_pages);
}
