using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Telematics.IntegrationTests.Gateway;

/// <summary>An authority in a temporary folder, its server's certificate, and certificates of cars.</summary>
internal sealed class TestCertificates : IDisposable
{
    private static readonly DateTimeOffset From = DateTimeOffset.UtcNow.AddDays(-1);
    private static readonly DateTimeOffset Until = DateTimeOffset.UtcNow.AddDays(1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("telematics-tls-");
    private readonly X509Certificate2 _authority;

    public TestCertificates()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Fleet authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        _authority = request.CreateSelfSigned(From, Until);
        File.WriteAllText(AuthoritiesPath, _authority.ExportCertificatePem());
        using var server = Issue("CN=localhost", "1.3.6.1.5.5.7.3.1", "localhost");
        File.WriteAllText(Path.Combine(_folder.FullName, "server.pem"), server.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder.FullName, "server.key"), server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    public string AuthoritiesPath => Path.Combine(_folder.FullName, "authorities.pem");

    /// <summary>What a gateway needs to speak TLS on a free port.</summary>
    public Dictionary<string, string?> Settings => new()
    {
        ["Telematics:Gateway:Tls:Port"] = "0",
        ["Telematics:Gateway:Tls:Certificate:Path"] = Path.Combine(_folder.FullName, "server.pem"),
        ["Telematics:Gateway:Tls:Certificate:KeyPath"] = Path.Combine(_folder.FullName, "server.key"),
    };

    /// <summary>A car's certificate.</summary>
    public X509Certificate2 Car(string subject, string? dnsName = null, string usage = "1.3.6.1.5.5.7.3.2") => Issue(subject, usage, dnsName);

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    private X509Certificate2 Issue(string subject, string usage, string? dnsName)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        if (dnsName is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(dnsName);
            names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
        }

        using var certificate = request.Create(_authority, From, Until, RandomNumberGenerator.GetBytes(8));
        using var withKey = certificate.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), password: null);
    }
}
