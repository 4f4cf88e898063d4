namespace Telematics.Storage.Model;

/// <summary>A caller of the API.</summary>
public sealed class ApiKey
{
    public long Id { get; set; }

    /// <summary>Unique name; it stands in <see cref="CommandEvent.Actor"/> and in the log of every change.</summary>
    public required string Name { get; set; }

    public ApiRole Role { get; set; }

    /// <summary>SHA-256 of the key, which has 256 random bits.</summary>
    public required byte[] KeyHash { get; set; }

    public DateTime CreatedAt { get; set; }

    public DateTime? RevokedAt { get; set; }
}

/// <summary>What a key may do; each role includes the one before.</summary>
public enum ApiRole
{
    /// <summary>Read.</summary>
    Viewer,

    /// <summary>Read, and command vehicles.</summary>
    Supervisor,

    /// <summary>All, including the registry and credentials.</summary>
    Administrator,
}
