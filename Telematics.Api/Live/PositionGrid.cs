namespace Telematics.Api.Live;

/// <summary>Slots by position: cells of a tenth of a degree (11 km at the equator), whose members are linked through the slots. Rows without a car cost nothing.</summary>
internal sealed class PositionGrid(SlotTable slots)
{
    private const int CellsPerDegree = 10;
    private const int Rows = 180 * CellsPerDegree;
    private const int Columns = 360 * CellsPerDegree;

    private readonly int[]?[] _rows = new int[]?[Rows];

    /// <summary>Puts a slot with a position into its cell.</summary>
    public void Add(int slot)
    {
        ref var entry = ref slots[slot];
        ref var head = ref Head(entry.Values.Latitude, entry.Values.Longitude);
        entry.CellPrevious = -1;
        entry.CellNext = head - 1;
        if (head != 0)
        {
            slots[head - 1].CellPrevious = slot;
        }

        head = slot + 1;
        entry.Flags |= LiveFlags.InGrid;
    }

    /// <summary>Takes a slot out of its cell, if it is in one; before its position changes.</summary>
    public void Remove(int slot)
    {
        ref var entry = ref slots[slot];
        if ((entry.Flags & LiveFlags.InGrid) == 0)
        {
            return;
        }

        if (entry.CellPrevious >= 0)
        {
            slots[entry.CellPrevious].CellNext = entry.CellNext;
        }
        else
        {
            Head(entry.Values.Latitude, entry.Values.Longitude) = entry.CellNext + 1;
        }

        if (entry.CellNext >= 0)
        {
            slots[entry.CellNext].CellPrevious = entry.CellPrevious;
        }

        entry.Flags &= ~LiveFlags.InGrid;
    }

    /// <summary>Collects the slots whose position lies in a rectangle, until there are <paramref name="limit"/>; false when there are more.</summary>
    public bool Find(GeoBox box, List<int> found, int limit)
    {
        if (box.West > box.East)
        {
            return Find(box with { East = 180 }, found, limit) && Find(box with { West = -180 }, found, limit);
        }

        var firstColumn = Column(box.West);
        var lastColumn = Column(box.East);
        for (var row = Row(box.South); row <= Row(box.North); row++)
        {
            if (_rows[row] is not { } cells)
            {
                continue;
            }

            for (var column = firstColumn; column <= lastColumn; column++)
            {
                for (var slot = cells[column] - 1; slot >= 0; slot = slots[slot].CellNext)
                {
                    ref var entry = ref slots[slot];
                    if (box.Contains(entry.Values.Latitude, entry.Values.Longitude))
                    {
                        if (found.Count == limit)
                        {
                            return false;
                        }

                        found.Add(slot);
                    }
                }
            }
        }

        return true;
    }

    private static int Row(double latitude) => Math.Clamp((int)Math.Floor((latitude + 90) * CellsPerDegree), 0, Rows - 1);

    private static int Column(double longitude) => Math.Clamp((int)Math.Floor((longitude + 180) * CellsPerDegree), 0, Columns - 1);

    private ref int Head(double latitude, double longitude) => ref (_rows[Row(latitude)] ??= new int[Columns])[Column(longitude)];
}
