using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Telematics.Gateway.Transport;
using Xunit;

namespace Telematics.IntegrationTests.Gateway;

/// <summary>Peers that begin TLS or a WebSocket and do not go on.</summary>
public sealed class HandshakeTests
{
    private static readonly SslClientAuthenticationOptions AnyServer = new() { TargetHost = "localhost", RemoteCertificateValidationCallback = static (_, shown, _, _) => shown is not null };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)] // TLS
    [InlineData(2)] // WebSocket
    [InlineData(3)] // WebSocket over TLS
    public async Task Handshakes_that_are_not_gone_on_with_are_bounded_in_number_and_time(int listener)
    {
        using var certificates = new TestCertificates();
        await using var gateway = await StartAsync(certificates, maximum: 2, seconds: 1);
        using var first = await RawClient.ConnectAsync(gateway.Ports[listener]);
        using var second = await RawClient.ConnectAsync(gateway.Ports[listener]);
        await second.SendAsync([listener == 2 ? (byte)'G' : (byte)22]);
        await RunningGateway.EventuallyAsync(async () =>
        {
            // The others may not yet have been seen.
            Assert.True(await IsClosedAsync(gateway.Ports[listener]));
            return gateway.Lines.All.Any(line => line.Contains(nameof(AcceptRefusal.TooManyHandshakes), StringComparison.Ordinal));
        });
        Assert.Empty(await first.ReadToEndAsync());
        Assert.Empty(await second.ReadToEndAsync());
        Assert.Single(gateway.Lines.All, line => line.Contains(nameof(AcceptRefusal.HandshakeLate), StringComparison.Ordinal));

        // What is refused or late has given its place back.
        await using var car = await ConnectWithTlsAsync(gateway);
        await car.WriteAsync(RawClient.Connect("car-1"), Token);
        await car.ReadExactlyAsync(new byte[4], Token);
    }

    [Fact]
    public async Task A_connection_that_speaks_MQTT_is_no_handshake_any_more()
    {
        using var certificates = new TestCertificates();
        await using var gateway = await StartAsync(certificates, maximum: 1, seconds: 2);
        var cars = new List<SslStream>();
        for (var i = 0; i < 5; i++)
        {
            cars.Add(await ConnectWithTlsAsync(gateway));
            await cars[i].WriteAsync(RawClient.Connect($"car-{i}"), Token);
            await cars[i].ReadExactlyAsync(new byte[4], Token);
        }

        await Task.Delay(TimeSpan.FromSeconds(2.5), Token);
        foreach (var car in cars)
        {
            await car.WriteAsync(RawClient.Pingreq, Token);
            await car.ReadExactlyAsync(new byte[2], Token);
            await car.DisposeAsync();
        }

        Assert.Empty(gateway.Lines.All);
    }

    private static Task<RunningGateway> StartAsync(TestCertificates certificates, int maximum, int seconds) => RunningGateway.StartAsync(new Dictionary<string, string?>(certificates.Settings)
    {
        ["Telematics:Gateway:WebSocket:Port"] = "0",
        ["Telematics:Gateway:WebSocket:TlsPort"] = "0",
        ["Telematics:Gateway:MaxHandshakes"] = $"{maximum}",
        ["Telematics:Gateway:HandshakeTimeoutSeconds"] = $"{seconds}",
    });

    private static async Task<bool> IsClosedAsync(int port)
    {
        try
        {
            using var client = await RawClient.ConnectAsync(port);
            return (await client.ReadToEndAsync()).Length == 0;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode == SocketError.ConnectionReset; // before the connect had returned
        }
    }

    private static async Task<SslStream> ConnectWithTlsAsync(RunningGateway gateway)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, gateway.Ports[1], Token);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await tls.AuthenticateAsClientAsync(AnyServer, Token);
        return tls;
    }
}
