namespace Telematics.Api.Live;

/// <summary>Which vehicles a subscription follows: those in a rectangle, or those with certain ids.</summary>
internal sealed class LiveFilter
{
    private LiveFilter(GeoBox? box, IReadOnlyList<string> vehicleIds)
    {
        Box = box;
        VehicleIds = vehicleIds;
    }

    /// <summary>The rectangle, or null when the ids count.</summary>
    public GeoBox? Box { get; }

    /// <summary>The ids, each once; they need not be registered yet.</summary>
    public IReadOnlyList<string> VehicleIds { get; }

    /// <summary>Vehicles in a rectangle.</summary>
    public static LiveFilter InBox(GeoBox box) => new(box, []);

    /// <summary>Vehicles with these ids.</summary>
    public static LiveFilter OfVehicles(IEnumerable<string> vehicleIds) => new(null, [.. vehicleIds.Distinct(StringComparer.Ordinal)]);
}
