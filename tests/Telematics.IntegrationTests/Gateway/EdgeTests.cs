using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Telematics.Contracts.Presence;
using Telematics.Gateway;
using Xunit;

namespace Telematics.IntegrationTests.Gateway;

/// <summary>What comes before MQTT's first byte: proxies, accept rate, socket options.</summary>
public sealed class EdgeTests
{
    private static readonly byte[] Connect = [0x10, 0x11, 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 4, 2, 0, 60, 0, 5, (byte)'c', (byte)'a', (byte)'r', (byte)'-', (byte)'1'];

    private static SslClientAuthenticationOptions AnyServer => new() { TargetHost = "localhost", RemoteCertificateValidationCallback = static (_, shown, _, _) => shown is not null };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 56324 1883\r\n", "192.0.2.1:56324")]
    [InlineData("PROXY TCP6 2001:db8::1 ::1 56324 1883\r\n", "[2001:db8::1]:56324")]
    [InlineData("PROXY UNKNOWN\r\n", "127.0.0.1:")]
    public async Task Behind_a_proxy_the_client_has_its_own_address(string header, string expected)
    {
        await using var gateway = await StartBehindProxyAsync("127.0.0.0/8");
        using var tcp = await OpenAsync(gateway.Ports[0]);
        var stream = tcp.GetStream();
        foreach (var one in Encoding.ASCII.GetBytes(header))
        {
            await stream.WriteAsync(new[] { one }, Token);
        }

        await stream.WriteAsync(Connect, Token);
        await stream.ReadExactlyAsync(new byte[4], Token);
        var connect = Assert.Single(await gateway.ReadEventsAsync(), e => e.EventType == VehicleEventType.Connect);
        Assert.StartsWith(expected, connect.ClientIp, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_proxys_header_stands_before_TLS()
    {
        using var certificates = new TestCertificates();
        await using var gateway = await StartBehindProxyAsync("127.0.0.1", certificates.Settings);
        using var tcp = await OpenAsync(gateway.Ports[1]);
        await tcp.GetStream().WriteAsync("\r\n\r\n\0\r\nQUIT\n\u0021\u0011\0\u000c"u8.ToArray(), Token);
        await tcp.GetStream().WriteAsync(new byte[] { 192, 0, 2, 1, 192, 0, 2, 2, 0xDC, 0x04, 0, 1 }, Token);
        await using var tls = new SslStream(tcp.GetStream());
        await tls.AuthenticateAsClientAsync(AnyServer, Token);
        await tls.WriteAsync(Connect, Token);
        await tls.ReadExactlyAsync(new byte[4], Token);
        Assert.Equal("192.0.2.1:56324", Assert.Single(await gateway.ReadEventsAsync(), e => e.EventType == VehicleEventType.Connect).ClientIp);
    }

    [Theory]
    [InlineData("127.0.0.1", "ProxyHeaderMalformed")]
    [InlineData("10.0.0.0/8", "ProxyNotTrusted")]
    public async Task Who_comes_past_the_proxy_is_closed_and_logged_once(string from, string reason)
    {
        await using var gateway = await StartBehindProxyAsync(from);
        for (var i = 0; i < 3; i++)
        {
            Assert.True(await IsRefusedAsync(gateway.Ports[0]));
        }

        Assert.Contains(reason, Assert.Single(gateway.Lines.All), StringComparison.Ordinal);
        Assert.DoesNotContain(await gateway.ReadEventsAsync(), e => e.EventType == VehicleEventType.Connect);
    }

    [Fact]
    public async Task More_connections_a_second_than_the_rate_are_closed()
    {
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?> { ["Telematics:Gateway:AcceptRate"] = "1" });
        Assert.False(await IsRefusedAsync(gateway.Ports[0]));
        Assert.True(await IsRefusedAsync(gateway.Ports[0]));
    }

    [Fact]
    public async Task More_connections_a_second_than_the_rate_are_closed_before_TLS()
    {
        using var certificates = new TestCertificates();
        var settings = certificates.Settings;
        settings["Telematics:Gateway:AcceptRate"] = "1";
        await using var gateway = await RunningGateway.StartAsync(settings);
        using var first = await OpenAsync(gateway.Ports[1]);
        await using var tls = new SslStream(first.GetStream());
        await tls.AuthenticateAsClientAsync(AnyServer, Token);
        var refused = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using var second = await OpenAsync(gateway.Ports[1]);
            await using var none = new SslStream(second.GetStream());
            await none.AuthenticateAsClientAsync(AnyServer, Token);
        });
        Assert.True(refused is IOException or SocketException, refused.ToString());
    }

    [Fact]
    public async Task Half_open_peers_are_found_by_the_kernel()
    {
        var options = new GatewayOptions { TcpKeepAliveSeconds = 77, TcpUserTimeoutSeconds = 33 };
        using var listener = Telematics.Gateway.Transport.ListenSocket.Create(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0), options);
        listener.Listen();
        using var client = await OpenAsync(((System.Net.IPEndPoint)listener.LocalEndPoint!).Port);
        using var accepted = await listener.AcceptAsync(Token);
        Assert.Equal(77, accepted.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime));
        Assert.NotEqual(0, accepted.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
        var timeout = new byte[4];
        accepted.GetRawSocketOption(6, 18, timeout);
        Assert.Equal(33_000, BitConverter.ToInt32(timeout));
    }

    private static Task<RunningGateway> StartBehindProxyAsync(string from, Dictionary<string, string?>? settings = null)
    {
        settings ??= [];
        settings["Telematics:Gateway:ProxyProtocol"] = "Required";
        settings["Telematics:Gateway:ProxyProtocolFrom"] = from;
        return RunningGateway.StartAsync(settings);
    }

    private static async Task<TcpClient> OpenAsync(int port)
    {
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync("127.0.0.1", port, Token);
        return tcp;
    }

    /// <summary>Whether a connection that says CONNECT in plain text is closed without an answer.</summary>
    private static async Task<bool> IsRefusedAsync(int port)
    {
        try
        {
            using var tcp = await OpenAsync(port);
            await tcp.GetStream().WriteAsync(Connect, Token);
            return await tcp.GetStream().ReadAsync(new byte[1], Token) == 0;
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            return true;
        }
    }
}
