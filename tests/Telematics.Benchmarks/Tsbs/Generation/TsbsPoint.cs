using System.Runtime.CompilerServices;

namespace Telematics.Benchmarks.Tsbs.Generation;

/// <summary>TSBS's two tables of the use case <c>iot</c>.</summary>
internal enum TsbsTable : byte
{
    /// <summary>latitude, longitude, elevation, velocity, heading, grade, fuel_consumption.</summary>
    Readings,

    /// <summary>fuel_state, current_load, status.</summary>
    Diagnostics,
}

/// <summary>A point: one row of one table.</summary>
internal struct TsbsPoint
{
    /// <summary>Number of the truck.</summary>
    public int Truck;

    /// <summary>The table.</summary>
    public TsbsTable Table;

    /// <summary>Which tag was emptied, by its place in <see cref="TsbsSchema.Tags"/>; -1 = none.</summary>
    public sbyte EmptiedTag;

    /// <summary>Microseconds since 1970-01-01 UTC.</summary>
    public long Time;

    /// <summary>Place in the order before the filter.</summary>
    public long Number;

    /// <summary>The fields in the order of <see cref="TsbsSchema.Fields"/>; NaN = emptied.</summary>
    public TsbsFields Fields;
}

/// <summary>The fields of a point; a diagnostics point uses the first three.</summary>
[InlineArray(TsbsSchema.ReadingsFields)]
internal struct TsbsFields
{
    private double _first;
}
