namespace Telematics.Storage.Model;

/// <summary>A car's secret, hashed. A vehicle has at most one that is not revoked.</summary>
public sealed class VehicleCredential
{
    public long Id { get; set; }

    /// <summary><see cref="Vehicle.Id"/>.</summary>
    public long VehicleKey { get; set; }

    /// <summary>SHA-256 of the secret; the secret has 256 random bits, so no slow hash is needed.</summary>
    public required byte[] SecretHash { get; set; }

    public DateTime CreatedAt { get; set; }

    public DateTime? RevokedAt { get; set; }
}
