using System.Net.WebSockets;
using System.Text;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using Telematics.Contracts;
using Xunit;

namespace Telematics.IntegrationTests.Gateway;

/// <summary>MQTT over WebSocket on real sockets.</summary>
public sealed class WebSocketTests
{
    private static readonly byte[] Connect = [0x10, 0x11, 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 4, 2, 0, 60, 0, 5, (byte)'c', (byte)'a', (byte)'r', (byte)'-', (byte)'1'];
    private static readonly byte[] Ping = [0xC0, 0];
    private static readonly Dictionary<string, string?> Settings = new() { ["Telematics:Gateway:WebSocket:Port"] = "0" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public async Task A_car_reports_over_a_WebSocket_and_is_heard_over_TCP(MqttProtocolVersion version)
    {
        await using var gateway = await RunningGateway.StartAsync(Settings);
        using var listener = await gateway.ConnectAsync("listener");
        var got = 0;
        listener.ApplicationMessageReceivedAsync += _ =>
        {
            Interlocked.Increment(ref got);
            return Task.CompletedTask;
        };
        await listener.SubscribeAsync("chat/#", MqttQualityOfServiceLevel.AtLeastOnce, Token);
        using var car = await ConnectAsync($"ws://127.0.0.1:{gateway.Ports[1]}/mqtt", version);
        for (var i = 0; i < 50; i++)
        {
            await car.PublishStringAsync("telemetry/car-1", new string('x', i * 1_000), MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken: Token);
            await car.PublishStringAsync("chat/a", "x", MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken: Token);
        }

        Assert.Equal(Enumerable.Range(0, 50).Select(i => i * 1_000), (await gateway.ReadAsync(TopicNames.Telemetry)).Select(message => message.Body.Length));
        await RunningGateway.EventuallyAsync(() => Task.FromResult(Volatile.Read(ref got) == 50));
        await car.DisconnectAsync(cancellationToken: Token);
        await RunningGateway.EventuallyAsync(() => Task.FromResult(gateway.Statistics.Connections == 1));
        Assert.Empty(gateway.Lines.All);
    }

    [Fact]
    public async Task A_secure_WebSocket_carries_much_both_ways_at_once()
    {
        using var certificates = new TestCertificates();
        var settings = certificates.Settings;
        settings["Telematics:Gateway:WebSocket:TlsPort"] = "0";
        await using var gateway = await RunningGateway.StartAsync(settings);
        using var client = await ConnectAsync($"wss://127.0.0.1:{gateway.Ports[2]}/mqtt", MqttProtocolVersion.V500);
        var got = new System.Collections.Concurrent.ConcurrentQueue<string>();
        client.ApplicationMessageReceivedAsync += message =>
        {
            got.Enqueue(message.ApplicationMessage.ConvertPayloadToString().Split(' ')[0]);
            return Task.CompletedTask;
        };
        await client.SubscribeAsync("chat/#", MqttQualityOfServiceLevel.AtLeastOnce, Token);
        for (var i = 0; i < 200; i++)
        {
            await client.PublishStringAsync("chat/a", $"{i} {new string('x', 30_000)}", MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken: Token);
        }

        await RunningGateway.EventuallyAsync(() => Task.FromResult(got.Count == 200));
        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"{i}"), got);
    }

    [Fact]
    public async Task Packets_need_not_fit_into_frames()
    {
        await using var gateway = await RunningGateway.StartAsync(Settings);
        using var socket = await OpenAsync(gateway);

        // CONNECT byte by byte, each its own frame of one message; then two PINGREQs and the half of a third in one frame.
        for (var i = 0; i < Connect.Length; i++)
        {
            await socket.SendAsync(new[] { Connect[i] }, WebSocketMessageType.Binary, i == Connect.Length - 1, Token);
        }

        await ReceiveAsync(socket, [0x20, 2, 0, 0]);
        await socket.SendAsync(new[] { Ping[0], Ping[1], Ping[0], Ping[1], Ping[0] }, WebSocketMessageType.Binary, true, Token);
        await ReceiveAsync(socket, [0xD0, 0, 0xD0, 0]);
        await socket.SendAsync(new[] { Ping[1] }, WebSocketMessageType.Binary, true, Token);
        await ReceiveAsync(socket, [0xD0, 0]);

        // DISCONNECT: the gateway closes the WebSocket too.
        await socket.SendAsync(new byte[] { 0xE0, 0 }, WebSocketMessageType.Binary, true, Token);
        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync(new byte[10], Token)).MessageType);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
    }

    [Fact]
    public async Task A_text_frame_closes()
    {
        await using var gateway = await RunningGateway.StartAsync(Settings);
        using var socket = await OpenAsync(gateway);
        await socket.SendAsync(Connect, WebSocketMessageType.Binary, true, Token);
        await ReceiveAsync(socket, [0x20, 2, 0, 0]);
        await socket.SendAsync(Encoding.ASCII.GetBytes("hello"), WebSocketMessageType.Text, true, Token);
        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync(new byte[10], Token)).MessageType);
        Assert.Equal(WebSocketCloseStatus.InvalidMessageType, socket.CloseStatus);
        await RunningGateway.EventuallyAsync(() => Task.FromResult(gateway.Statistics.Connections == 0));
    }

    [Fact]
    public async Task A_client_that_closes_its_WebSocket_gets_an_answer()
    {
        await using var gateway = await RunningGateway.StartAsync(Settings);
        using var socket = await OpenAsync(gateway);
        await socket.SendAsync(Connect, WebSocketMessageType.Binary, true, Token);
        await ReceiveAsync(socket, [0x20, 2, 0, 0]);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Token);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
        await RunningGateway.EventuallyAsync(() => Task.FromResult(gateway.Statistics.Connections == 0));
    }

    [Theory]
    [InlineData("/other", "mqtt", null)]
    [InlineData("/mqtt", "chat", null)]
    [InlineData("/mqtt", "mqtt", "https://evil.example")]
    public async Task Another_path_another_subprotocol_or_a_strange_web_page_is_refused(string path, string subprotocol, string? origin)
    {
        await using var gateway = await RunningGateway.StartAsync(Settings);
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol(subprotocol);
        if (origin is not null)
        {
            socket.Options.SetRequestHeader("Origin", origin);
        }

        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri($"ws://127.0.0.1:{gateway.Ports[1]}{path}"), Token));
    }

    private static async Task<IMqttClient> ConnectAsync(string uri, MqttProtocolVersion version)
    {
        var client = new MqttClientFactory().CreateMqttClient();
        var options = new MqttClientOptionsBuilder().WithWebSocketServer(server => server.WithUri(uri)).WithClientId("car-1").WithProtocolVersion(version);
        if (uri.StartsWith("wss", StringComparison.Ordinal))
        {
            options.WithTlsOptions(tls => tls.WithCertificateValidationHandler(_ => true));
        }

        Assert.Equal(MqttClientConnectResultCode.Success, (await client.ConnectAsync(options.Build(), Token)).ResultCode);
        return client;
    }

    private static async Task<ClientWebSocket> OpenAsync(RunningGateway gateway)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("mqtt");
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{gateway.Ports[1]}/mqtt"), Token);
        Assert.Equal("mqtt", socket.SubProtocol);
        return socket;
    }

    private static async Task ReceiveAsync(ClientWebSocket socket, byte[] expected)
    {
        var buffer = new byte[expected.Length];
        for (var received = 0; received < expected.Length;)
        {
            var result = await socket.ReceiveAsync(buffer.AsMemory(received), Token);
            Assert.Equal(WebSocketMessageType.Binary, result.MessageType);
            received += result.Count;
        }

        Assert.Equal(expected, buffer);
    }
}
