using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using MQTTnet;
using MQTTnet.Protocol;
using Telematics.Contracts.Credentials;
using Xunit;

namespace Telematics.IntegrationTests.Gateway;

/// <summary>Mutual TLS.</summary>
public sealed class ClientCertificateTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData("CN=car-1", null, "CommonName")]
    [InlineData("CN=whatever, SERIALNUMBER=car-1", null, "SerialNumber")]
    [InlineData("CN=whatever", "car-1", "DnsName")]
    public async Task A_car_logs_in_by_its_certificate_alone(string subject, string? dnsName, string field)
    {
        await using var gateway = await StartAsync("Required", field);
        using var certificate = _certificates.Car(subject, dnsName);
        var (client, result) = await ConnectAsync(gateway, "car-1", certificate);
        using (client)
        {
            Assert.Equal(MqttClientConnectResultCode.Success, result);
            Assert.True((await client.PublishStringAsync("telemetry/car-1", "x", MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken: Token)).IsSuccess);
        }
    }

    [Fact]
    public async Task A_car_is_nobody_else()
    {
        await using var gateway = await StartAsync("Required");
        using var certificate = _certificates.Car("CN=car-1");
        Assert.Equal(MqttClientConnectResultCode.ClientIdentifierNotValid, (await ConnectAsync(gateway, "car-2", certificate)).Result);
        using var unknown = _certificates.Car("CN=car-9");
        Assert.Equal(MqttClientConnectResultCode.BadUserNameOrPassword, (await ConnectAsync(gateway, "car-9", unknown)).Result);
        Assert.Contains("car-2", Assert.Single(gateway.Lines.All), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Allowed")]
    [InlineData("Required")]
    public async Task A_certificate_of_another_authority_or_for_another_use_does_not_get_through_the_handshake(string mode)
    {
        await using var gateway = await StartAsync(mode);
        using var others = new TestCertificates();
        using var foreign = others.Car("CN=car-1");
        using var server = _certificates.Car("CN=car-1", usage: "1.3.6.1.5.5.7.3.1");
        Assert.False(await IsTakenAsync(gateway, foreign));
        Assert.False(await IsTakenAsync(gateway, server));
        Assert.Equal(mode == "Allowed", await IsTakenAsync(gateway, certificate: null));
        using var right = _certificates.Car("CN=car-1");
        Assert.True(await IsTakenAsync(gateway, right));
    }

    [Fact]
    public async Task Where_a_certificate_is_not_required_a_secret_does_as_well()
    {
        await using var gateway = await StartAsync("Allowed");
        var (client, result) = await ConnectAsync(gateway, "car-1", certificate: null, options => options.WithCredentials("car-1", "s3cret"));
        client.Dispose();
        Assert.Equal(MqttClientConnectResultCode.Success, result);
    }

    private Task<RunningGateway> StartAsync(string mode, string field = "CommonName")
    {
        var settings = _certificates.Settings;
        settings["Telematics:Gateway:Authentication"] = "Credential";
        settings["Telematics:Gateway:Tls:ClientCertificate:Mode"] = mode;
        settings["Telematics:Gateway:Tls:ClientCertificate:VehicleId"] = field;
        settings["Telematics:Gateway:Tls:ClientCertificate:AuthoritiesPath"] = _certificates.AuthoritiesPath;
        return RunningGateway.StartAsync(settings, services => services.AddSingleton<ICredentialVerifier>(new OneVehicle()));
    }

    private static async Task<(IMqttClient Client, MqttClientConnectResultCode Result)> ConnectAsync(
        RunningGateway gateway, string clientId, X509Certificate2? certificate, Action<MqttClientOptionsBuilder>? configure = null)
    {
        var client = new MqttClientFactory().CreateMqttClient();
        var options = gateway.Options(clientId).WithTcpServer("127.0.0.1", gateway.Ports[1]).WithTlsOptions(tls =>
        {
            tls.WithCertificateValidationHandler(_ => true);
            if (certificate is not null)
            {
                tls.WithClientCertificates([certificate]);
            }
        });
        configure?.Invoke(options);
        return (client, (await client.ConnectAsync(options.Build(), Token)).ResultCode);
    }

    /// <summary>Whether the gateway lets a TLS connection be: in TLS 1.3 a refusal comes with the first read only.</summary>
    private static async Task<bool> IsTakenAsync(RunningGateway gateway, X509Certificate2? certificate)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", gateway.Ports[1], Token);
        await using var tls = new SslStream(tcp.GetStream());
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    RemoteCertificateValidationCallback = static (_, shown, _, _) => shown is not null, // made by the test, of no chain
                    ClientCertificates = certificate is null ? null : [certificate],
                    LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
                },
                Token);

            // CONNECT of 3.1.1, for which there is always an answer: accepted, or CONNACK with a return code.
            await tls.WriteAsync(new byte[] { 0x10, 0x11, 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 4, 2, 0, 60, 0, 5, (byte)'c', (byte)'a', (byte)'r', (byte)'-', (byte)'1' }, Token);
            return await tls.ReadAsync(new byte[4], Token) > 0;
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
            return false;
        }
    }

    private sealed class OneVehicle : ICredentialVerifier
    {
        public void Verify(CredentialQuestion question) =>
            question.Answer(question.VehicleId == "car-1" ? CredentialVerdict.Accepted : CredentialVerdict.Refused);

        public bool IsRemembered(string vehicleId, ReadOnlySpan<byte> secretHash) => false;

        public void Forget(string vehicleId)
        {
        }
    }
}
