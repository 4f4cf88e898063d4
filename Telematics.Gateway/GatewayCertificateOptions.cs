namespace Telematics.Gateway;

/// <summary>A certificate file, with the names that Kestrel's configuration has for it.</summary>
public sealed class GatewayCertificateOptions
{
    /// <summary>PEM or PKCS #12 file; absent means none.</summary>
    public string? Path { get; set; }

    /// <summary>The private key's PEM file, when <see cref="Path"/> is PEM.</summary>
    public string? KeyPath { get; set; }

    /// <summary>Password of the key or of the PKCS #12 file.</summary>
    public string? Password { get; set; }
}
