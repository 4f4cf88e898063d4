using System.ComponentModel.DataAnnotations;

namespace Telematics.Api.Vehicles;

/// <summary>What people say about a vehicle. A put replaces all of it.</summary>
internal sealed record VehicleRequest
{
    public const int MaxNameLength = 200;
    public const int MaxBrandLength = 100;
    public const int MaxModelLength = 100;
    public const int MaxAttributes = 50;
    public const int MaxAttributeNameLength = 64;
    public const int MaxAttributeLength = 500;

    /// <summary>ISO 3779: no I, O, Q.</summary>
    public const string VinPattern = "^[A-HJ-NPR-Z0-9]{17}$";

    /// <summary>Name for people, 1 to 200 characters.</summary>
    [StringLength(MaxNameLength, MinimumLength = 1)]
    public string? Name { get; init; }

    /// <summary>Vehicle identification number (ISO 3779): 17 capitals and digits without I, O and Q.</summary>
    [RegularExpression(VinPattern)]
    public string? Vin { get; init; }

    /// <summary>Brand, 1 to 100 characters.</summary>
    [StringLength(MaxBrandLength, MinimumLength = 1)]
    public string? Brand { get; init; }

    /// <summary>Model, 1 to 100 characters.</summary>
    [StringLength(MaxModelLength, MinimumLength = 1)]
    public string? Model { get; init; }

    /// <summary>Free attributes: up to 50, names of 1 to 64 and texts of 1 to 500 characters.</summary>
    [MaxLength(MaxAttributes)]
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }
}
