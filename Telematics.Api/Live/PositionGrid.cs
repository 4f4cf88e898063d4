using System.Runtime.InteropServices;

namespace Telematics.Api.Live;

/// <summary>
/// Slots by position: cells of a fiftieth of a degree (2.2 km at the equator), so that also in a city with all cars in it a
/// cell holds few of them; its members are linked through the slots. Cells without a car cost nothing.
/// </summary>
internal sealed class PositionGrid(SlotTable slots)
{
    private const int CellsPerDegree = 50;
    private const int Rows = 180 * CellsPerDegree;
    private const int Columns = 360 * CellsPerDegree;

    // By cell its first slot.
    private readonly Dictionary<int, int> _first = [];

    /// <summary>Puts a slot with a position into its cell.</summary>
    public void Add(int slot)
    {
        ref var entry = ref slots[slot];
        ref var first = ref CollectionsMarshal.GetValueRefOrAddDefault(_first, Cell(in entry), out var isOccupied);
        entry.CellPrevious = -1;
        entry.CellNext = isOccupied ? first : -1;
        if (isOccupied)
        {
            slots[first].CellPrevious = slot;
        }

        first = slot;
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
        else if (entry.CellNext >= 0)
        {
            _first[Cell(in entry)] = entry.CellNext;
        }
        else
        {
            _first.Remove(Cell(in entry));
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

        var (firstRow, lastRow) = (Row(box.South), Row(box.North));
        var (firstColumn, lastColumn) = (Column(box.West), Column(box.East));
        if ((lastRow - firstRow + 1L) * (lastColumn - firstColumn + 1) > _first.Count)
        {
            // Most cells of a large rectangle are empty.
            foreach (var (cell, first) in _first)
            {
                var (row, column) = Math.DivRem(cell, Columns);
                if (row >= firstRow && row <= lastRow && column >= firstColumn && column <= lastColumn && !FindInCell(first, box, found, limit))
                {
                    return false;
                }
            }

            return true;
        }

        for (var row = firstRow; row <= lastRow; row++)
        {
            for (var column = firstColumn; column <= lastColumn; column++)
            {
                if (_first.TryGetValue((row * Columns) + column, out var first) && !FindInCell(first, box, found, limit))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private bool FindInCell(int first, GeoBox box, List<int> found, int limit)
    {
        for (var slot = first; slot >= 0; slot = slots[slot].CellNext)
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

        return true;
    }

    private static int Row(double latitude) => Math.Clamp((int)Math.Floor((latitude + 90) * CellsPerDegree), 0, Rows - 1);

    private static int Column(double longitude) => Math.Clamp((int)Math.Floor((longitude + 180) * CellsPerDegree), 0, Columns - 1);

    private static int Cell(in LiveSlot slot) => (Row(slot.Values.Latitude) * Columns) + Column(slot.Values.Longitude);
}
