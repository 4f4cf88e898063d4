using System.Security.Cryptography.X509Certificates;

namespace Telematics.Gateway.Transport.Tls;

/// <summary>A connection's feature: whom its client certificate names.</summary>
/// <param name="VehicleId">The name; empty when the certificate has none, or more than one, where the vehicle id should be.</param>
internal sealed record CertifiedVehicle(string VehicleId)
{
    private const string CommonNameOid = "2.5.4.3";
    private const string SerialNumberOid = "2.5.4.5";

    /// <summary>Reads it from a certificate.</summary>
    public static CertifiedVehicle Of(X509Certificate2 certificate, ClientCertificateField field)
    {
        var names = field switch
        {
            ClientCertificateField.CommonName => Attributes(certificate, CommonNameOid),
            ClientCertificateField.SerialNumber => Attributes(certificate, SerialNumberOid),
            _ => certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(static extension => extension.EnumerateDnsNames()),
        };
        var found = names.Take(2).ToArray();
        return new CertifiedVehicle(found.Length == 1 ? found[0] : string.Empty);
    }

    private static IEnumerable<string> Attributes(X509Certificate2 certificate, string oid) =>
        from name in certificate.SubjectName.EnumerateRelativeDistinguishedNames()
        where !name.HasMultipleElements && name.GetSingleElementType().Value == oid
        select name.GetSingleElementValue() ?? string.Empty;
}
