using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Telematics.Messaging;
using Telematics.RocketMQ;
using Telematics.RocketMQ.Remoting;
using Xunit;

namespace Telematics.Tests.RocketMQ.Remoting;

public sealed class TlsTests : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("telematics-tls-").FullName;
    private readonly X509Certificate2 _authority;
    private readonly X509Certificate2 _server;
    private readonly X509Certificate2 _otherName;

    public TlsTests()
    {
        _authority = Make("authority", null, null);
        _server = Make("server", _authority, IPAddress.Loopback);
        _otherName = Make("other", _authority, IPAddress.Parse("127.0.0.9"));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_server_whose_authority_is_trusted_is_spoken_to() =>
        Assert.Null(await AskAsync(_server, new() { Enabled = true, TrustedCertificates = Pem(_authority) }));

    [Fact]
    public async Task A_server_that_sends_the_authority_between_is_spoken_to()
    {
        using var between = Make("between", _authority, null, isAuthority: true);
        using var server = Make("server", between, IPAddress.Loopback);
        var tls = new RocketMQTlsOptions { Enabled = true, TrustedCertificates = Pem(_authority) };
        Assert.Null(await AskAsync(server, tls, between));
        Assert.Equal(RemotingFault.CannotConnect, (await AskAsync(server, tls))?.Fault);
    }

    [Fact]
    public async Task A_server_that_is_trusted_itself_may_have_another_name() =>
        Assert.Null(await AskAsync(_otherName, new() { Enabled = true, TrustedCertificates = Pem(_otherName) }));

    [Fact]
    public async Task A_server_of_a_trusted_authority_with_another_name_is_refused() =>
        Assert.Equal(RemotingFault.CannotConnect, (await AskAsync(_otherName, new() { Enabled = true, TrustedCertificates = Pem(_authority) }))?.Fault);

    [Fact]
    public async Task A_server_that_nobody_trusts_is_refused() =>
        Assert.Equal(RemotingFault.CannotConnect, (await AskAsync(_server, new() { Enabled = true }))?.Fault);

    [Fact]
    public async Task A_server_that_nobody_trusts_is_spoken_to_where_any_will_do() =>
        Assert.Null(await AskAsync(_server, new() { Enabled = true, AcceptAnyCertificate = true }));

    [Fact]
    public async Task Plain_text_to_a_server_that_wants_TLS_is_a_lost_connection() =>
        Assert.Equal(RemotingFault.ConnectionLost, (await AskAsync(_server, new()))?.Fault);

    [Fact]
    public async Task TLS_to_a_server_that_speaks_plain_text_cannot_connect() =>
        Assert.Equal(RemotingFault.CannotConnect, (await AskAsync(null, new() { Enabled = true, AcceptAnyCertificate = true }))?.Fault);

    [Theory]
    [InlineData("missing.pem", "missing.pem")]
    [InlineData("empty.pem", "holds no certificate")]
    public void A_file_that_cannot_be_used_is_named(string file, string message)
    {
        File.WriteAllText(Path.Combine(_folder, "empty.pem"), "");
        var options = new RocketMQTlsOptions { Enabled = true, TrustedCertificates = Path.Combine(_folder, file) };
        var fault = Assert.Throws<MessageLogException>(() => ServerTls.FromOptions(options));
        Assert.Contains("TrustedCertificates", fault.Message, StringComparison.Ordinal);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    private static async Task<RemotingException?> AskAsync(X509Certificate2? certificate, RocketMQTlsOptions tls, params X509Certificate2[] between)
    {
        var context = certificate is null ? null : SslStreamCertificateContext.Create(certificate, [.. between], offline: true);
        await using var peer = new FakePeer(context).On(RequestCode.GetMaxOffset, _ => FakeAnswer.Success);
        await using var harness = new RemotingHarness(new RocketMQOptions { NameServers = peer.Address, Tls = tls, RequestTimeout = TimeSpan.FromSeconds(5) });
        try
        {
            using var response = await harness.Client.RequestAsync(peer.Address, RemotingClientTests.MaxOffset(1), Timeout, Cancellation);
            return null;
        }
        catch (RemotingException fault)
        {
            return fault;
        }
    }

    private string Pem(X509Certificate2 certificate)
    {
        var path = Path.Combine(_folder, $"{certificate.SerialNumber}.pem");
        File.WriteAllText(path, certificate.ExportCertificatePem());
        return path;
    }

    private static X509Certificate2 Make(string name, X509Certificate2? authority, IPAddress? address, bool isAuthority = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(authority is null || isAuthority, false, 0, true));
        if (address is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(address);
            request.CertificateExtensions.Add(names.Build());
        }

        var (from, to) = (authority?.NotBefore ?? DateTime.UtcNow.AddHours(-1), authority?.NotAfter ?? DateTime.UtcNow.AddHours(1));
        if (authority is null)
        {
            return request.CreateSelfSigned(from, to);
        }

        using var signed = request.Create(authority, from, to, RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }
}
