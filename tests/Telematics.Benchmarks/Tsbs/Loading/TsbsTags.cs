using Telematics.Benchmarks.Tsbs.Generation;

namespace Telematics.Benchmarks.Tsbs.Loading;

/// <summary>
/// Numbers the rows of tags as TSBS's loader does: a truck has the tags of its first point for good; a point without a name
/// belongs to no truck (number 0) and leaves a row of tags behind each time.
/// </summary>
internal sealed class TsbsTags(TsbsFleet fleet)
{
    private readonly int[] _idByTruck = new int[fleet.Trucks.Count];
    private int _lastId;

    /// <summary>The number of a point's tags; 0 = it has no name. New rows of tags are added to a list.</summary>
    public int GetId(in TsbsPoint point, List<TsbsTagRow> added)
    {
        if (point.EmptiedTag == 0)
        {
            added.Add(new TsbsTagRow(++_lastId, fleet.Trucks[point.Truck].Tags, 0));
            return 0;
        }

        ref var id = ref _idByTruck[point.Truck];
        if (id == 0)
        {
            id = ++_lastId;
            added.Add(new TsbsTagRow(id, fleet.Trucks[point.Truck].Tags, point.EmptiedTag));
        }

        return id;
    }
}

/// <summary>A row of tags.</summary>
/// <param name="Id">Its number, from 1.</param>
/// <param name="Tags">The truck's tags.</param>
/// <param name="Emptied">Which one is NULL; -1 = none.</param>
internal readonly record struct TsbsTagRow(int Id, object[] Tags, int Emptied)
{
    /// <summary>A tag, or null.</summary>
    public object? this[int tag] => tag == Emptied ? null : Tags[tag];
}
