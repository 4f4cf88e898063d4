namespace Telematics.Storage.Model;

/// <summary>One change of the registry or of a credential. Whoever keeps vehicles or log-ins in memory follows these numbers.</summary>
public sealed class RegistryChange
{
    /// <summary>Growing number.</summary>
    public long Number { get; set; }

    /// <summary><see cref="Vehicle.Id"/>.</summary>
    public long VehicleKey { get; set; }

    /// <summary><see cref="Vehicle.VehicleId"/>.</summary>
    public required string VehicleId { get; set; }

    public RegistryChangeKind Kind { get; set; }

    public DateTime At { get; set; }
}

/// <summary>Kinds of registry changes.</summary>
public enum RegistryChangeKind
{
    /// <summary>Registered, changed or put back.</summary>
    Put,

    /// <summary>Deleted: a tombstone keeps late messages out.</summary>
    Deleted,

    /// <summary>A credential was issued or replaced.</summary>
    CredentialIssued,

    /// <summary>A credential was revoked.</summary>
    CredentialRevoked,

    /// <summary>Deleted, and everything known of it is erased: nobody may keep its newest state.</summary>
    Erased,
}
