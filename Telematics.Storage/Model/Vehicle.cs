namespace Telematics.Storage.Model;

/// <summary>A registered vehicle, or the tombstone of one (<see cref="DeletedAt"/>) that keeps its late messages out.</summary>
public sealed class Vehicle
{
    /// <summary>Narrow surrogate key; all big tables refer to it.</summary>
    public long Id { get; set; }

    /// <summary>The id that the car and the API use; unique.</summary>
    public required string VehicleId { get; set; }

    /// <summary>Name for people, up to 200 characters.</summary>
    public string? Name { get; set; }

    /// <summary>Vehicle identification number (ISO 3779), 17 characters.</summary>
    public string? Vin { get; set; }

    /// <summary>Brand, up to 100 characters.</summary>
    public string? Brand { get; set; }

    /// <summary>Model, up to 100 characters.</summary>
    public string? Model { get; set; }

    /// <summary>Free attributes as a JSON object with text values.</summary>
    public string? Attributes { get; set; }

    /// <summary>When it was registered.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>When it was last changed.</summary>
    public DateTime UpdatedAt { get; set; }

    /// <summary>When it was deleted; null while it is registered.</summary>
    public DateTime? DeletedAt { get; set; }

    /// <summary>When everything that was known of it was erased, or began to be; null otherwise. Set only with <see cref="DeletedAt"/>.</summary>
    public DateTime? ErasedAt { get; set; }
}
