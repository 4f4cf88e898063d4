namespace Telematics.Storage.Registry;

/// <summary>What people say about a vehicle; a put replaces all of it.</summary>
/// <param name="Name">Up to 200 characters.</param>
/// <param name="Vin">17 characters, ISO 3779.</param>
/// <param name="Brand">Up to 100 characters.</param>
/// <param name="Model">Up to 100 characters.</param>
/// <param name="Attributes">A JSON object with text values.</param>
public sealed record VehicleDetails(string? Name = null, string? Vin = null, string? Brand = null, string? Model = null, string? Attributes = null);
