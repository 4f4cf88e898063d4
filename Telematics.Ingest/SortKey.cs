namespace Telematics.Ingest;

/// <summary>What rows are sorted by, beside their place: the rows themselves are too wide to be moved by the sort.</summary>
internal readonly record struct SortKey(long Vehicle, long Time, int Index) : IComparable<SortKey>
{
    /// <inheritdoc/>
    public int CompareTo(SortKey other)
    {
        var order = Vehicle.CompareTo(other.Vehicle);
        if (order == 0)
        {
            order = Time.CompareTo(other.Time);
        }

        return order != 0 ? order : Index.CompareTo(other.Index);
    }
}
