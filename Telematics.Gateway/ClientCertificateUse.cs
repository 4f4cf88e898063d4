namespace Telematics.Gateway;

/// <summary>Whether TLS clients are asked for a certificate.</summary>
public enum ClientCertificateUse
{
    /// <summary>They are not.</summary>
    None,

    /// <summary>They may show one; who does not logs in with its secret. A wrong one is refused, not ignored.</summary>
    Allowed,

    /// <summary>They must show one.</summary>
    Required,
}
