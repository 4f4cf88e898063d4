using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>An authority of one test, and what it signed, as PEM files in a folder.</summary>
internal sealed class TestCertificates
{
    /// <summary>Makes the files.</summary>
    public TestCertificates(string folder)
    {
        Authority = Path.Combine(folder, "authority.pem");
        ServerCertificate = Path.Combine(folder, "server.pem");
        ServerKey = Path.Combine(folder, "server.key");
        ClientCertificate = Path.Combine(folder, "client.pem");
        ClientCertificateAlone = Path.Combine(folder, "client.crt");
        ClientKey = Path.Combine(folder, "client.key");

        using var authorityKey = RSA.Create(2048);
        var request = new CertificateRequest("CN=Telematics tests", authorityKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        using var authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Authority, authority.ExportCertificatePem());

        var (server, serverKey) = Sign(authority, "localhost");
        File.WriteAllText(ServerCertificate, server);
        File.WriteAllText(ServerKey, serverKey);
        var (client, clientKey) = Sign(authority, "client");
        File.WriteAllText(ClientCertificate, $"{client}\n{clientKey}\n");
        File.WriteAllText(ClientCertificateAlone, client);
        File.WriteAllText(ClientKey, clientKey);
    }

    /// <summary>The authority's certificate, to be trusted.</summary>
    public string Authority { get; }

    /// <summary>The certificate of <c>localhost</c> and <c>127.0.0.1</c>.</summary>
    public string ServerCertificate { get; }

    /// <summary>The key of <see cref="ServerCertificate"/>.</summary>
    public string ServerKey { get; }

    /// <summary>A client's certificate and its key in one file.</summary>
    public string ClientCertificate { get; }

    /// <summary>The client's certificate without its key, as Java wants it.</summary>
    public string ClientCertificateAlone { get; }

    /// <summary>The client's key.</summary>
    public string ClientKey { get; }

    private static (string Certificate, string Key) Sign(X509Certificate2 authority, string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(12), RandomNumberGenerator.GetBytes(8));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}
