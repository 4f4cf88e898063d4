namespace Telematics.Gateway;

/// <summary>The field of a certificate that names the vehicle.</summary>
public enum ClientCertificateField
{
    /// <summary>The subject's common name (CN).</summary>
    CommonName,

    /// <summary>The subject's serialNumber attribute (2.5.4.5), not the certificate's own number.</summary>
    SerialNumber,

    /// <summary>The DNS name among the subject's alternative names.</summary>
    DnsName,
}
