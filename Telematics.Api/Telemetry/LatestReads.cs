using Telematics.Api.Live;

namespace Telematics.Api.Telemetry;

/// <summary>Pages of newest states within a rectangle, in the order of the vehicles' ids.</summary>
internal sealed class LatestReads(LiveView live)
{
    // A rectangle with more vehicles than the grid answers at once is so full that walking through the ids finds a page soon.
    private const int WalkPage = 1_000;
    private const int MaxWalkPages = 100;

    /// <summary>The page after an id, and the id where the next one begins; null at the end.</summary>
    public (IReadOnlyList<LiveVehicle> Vehicles, string? Next) List(GeoBox box, string? after, int limit)
    {
        var all = live.GetInBox(box, LiveView.MaxInBox, out var hasMore);
        if (hasMore)
        {
            return Walk(box, after, limit);
        }

        var page = all
            .Where(vehicle => after is null || string.CompareOrdinal(vehicle.VehicleId, after) > 0)
            .OrderBy(vehicle => vehicle.VehicleId, StringComparer.Ordinal)
            .Take(limit + 1)
            .ToList();
        if (page.Count <= limit)
        {
            return (page, null);
        }

        page.RemoveAt(limit);
        return (page, page[^1].VehicleId);
    }

    private (IReadOnlyList<LiveVehicle> Vehicles, string? Next) Walk(GeoBox box, string? after, int limit)
    {
        var page = new List<LiveVehicle>();
        for (var pages = 0; pages < MaxWalkPages; pages++)
        {
            var vehicles = live.List(isOnline: null, after, WalkPage);
            foreach (var vehicle in vehicles)
            {
                after = vehicle.VehicleId;
                if (IsIn(vehicle, box))
                {
                    page.Add(vehicle);
                    if (page.Count == limit)
                    {
                        return (page, after);
                    }
                }
            }

            if (vehicles.Count < WalkPage)
            {
                return (page, null);
            }
        }

        return (page, after);
    }

    private static bool IsIn(in LiveVehicle vehicle, GeoBox box) =>
        vehicle.HasState && box.Contains(vehicle.Values[Contracts.Telemetry.SignalCatalogue.Latitude], vehicle.Values[Contracts.Telemetry.SignalCatalogue.Longitude]);
}
