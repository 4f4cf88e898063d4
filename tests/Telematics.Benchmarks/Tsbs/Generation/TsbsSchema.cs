namespace Telematics.Benchmarks.Tsbs.Generation;

/// <summary>Names of TSBS's tags and fields.</summary>
internal static class TsbsSchema
{
    public const int ReadingsFields = 7;
    public const int DiagnosticsFields = 3;

    public const int Latitude = 0;
    public const int Longitude = 1;
    public const int Elevation = 2;
    public const int Velocity = 3;
    public const int Heading = 4;
    public const int Grade = 5;
    public const int FuelConsumption = 6;

    public const int FuelState = 0;
    public const int CurrentLoad = 1;
    public const int Status = 2;

    /// <summary>Tags that are text; the rest is numbers.</summary>
    public const int TextTags = 5;

    /// <summary>The tags; the first one names the truck.</summary>
    public static readonly string[] Tags =
        ["name", "fleet", "driver", "model", "device_version", "load_capacity", "fuel_capacity", "nominal_fuel_consumption"];

    /// <summary>Fields by <see cref="TsbsTable"/>.</summary>
    public static readonly string[][] Fields =
    [
        ["latitude", "longitude", "elevation", "velocity", "heading", "grade", "fuel_consumption"],
        ["fuel_state", "current_load", "status"],
    ];

    public static readonly string[] Fleets = ["East", "West", "North", "South"];
    public static readonly string[] Drivers = ["Derek", "Rodney", "Albert", "Andy", "Seth", "Trish"];
    public static readonly string[] DeviceVersions = ["v1.0", "v1.5", "v2.0", "v2.3"];

    /// <summary>Names with load capacity, fuel capacity and nominal fuel consumption.</summary>
    public static readonly (string Name, float Load, float Fuel, float Consumption)[] Models =
        [("F-150", 2000, 200, 15), ("G-2000", 5000, 300, 19), ("H-2", 1500, 150, 12)];
}
