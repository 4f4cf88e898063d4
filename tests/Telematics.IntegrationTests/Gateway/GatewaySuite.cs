using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Contracts.Credentials;
using Telematics.Contracts.Presence;
using Telematics.Gateway;
using Telematics.Messaging;
using Xunit;

namespace Telematics.IntegrationTests.Gateway;

/// <summary>What clients see of a gateway, through sockets, whatever carries them.</summary>
public abstract class GatewaySuite
{
    private protected abstract GatewayTransport Transport { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public async Task A_car_reports_and_its_presence_is_in_the_log(MqttProtocolVersion version)
    {
        await using var gateway = await StartAsync();
        using var car = await gateway.ConnectAsync("car-1", version);
        for (var i = 0; i < 50; i++)
        {
            var result = await car.PublishStringAsync("telemetry/car-1", $"{i}", MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken: Token);
            Assert.True(result.IsSuccess);
        }

        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"{i}"), (await gateway.ReadAsync(TopicNames.Telemetry)).Select(message => Encoding.UTF8.GetString(message.Body)));
        Assert.Equal(1, gateway.Statistics.ConnectedVehicles);
        Assert.Equal(50, gateway.Statistics.MessagesIn);
        await car.DisconnectAsync(cancellationToken: Token);
        await RunningGateway.EventuallyAsync(async () => (await gateway.ReadEventsAsync()).Any(e => e.EventType == VehicleEventType.TcpClean));
        var events = (await gateway.ReadEventsAsync()).Where(e => e.ClientId == "car-1").ToList();
        Assert.Equal([VehicleEventType.Connect, VehicleEventType.Disconnect, VehicleEventType.TcpClean], events.Select(e => e.EventType));
        Assert.Single(events.Select(e => e.ChannelId).Distinct());
        Assert.True(events[0].IsVehicle);
        Assert.Empty(gateway.Lines.All);
    }

    [Fact]
    public async Task What_is_published_at_QoS_0_before_a_DISCONNECT_is_not_lost()
    {
        await using var gateway = await StartAsync();
        using var car = await gateway.ConnectAsync("car-1", MqttProtocolVersion.V311);
        for (var i = 0; i < 100; i++)
        {
            await car.PublishStringAsync("telemetry/car-1", $"{i}", cancellationToken: Token);
        }

        await car.DisconnectAsync(cancellationToken: Token);
        await RunningGateway.EventuallyAsync(async () => (await gateway.ReadAsync(TopicNames.Telemetry)).Count >= 100);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), (await gateway.ReadAsync(TopicNames.Telemetry)).Select(message => Encoding.UTF8.GetString(message.Body)));
    }

    [Fact]
    public async Task Many_clients_at_once_lose_nothing_and_double_nothing()
    {
        const int clients = 100;
        const int messages = 30;
        await using var gateway = await StartAsync();
        await Parallel.ForEachAsync(Enumerable.Range(0, clients), new ParallelOptions { MaxDegreeOfParallelism = 25, CancellationToken = Token }, async (n, token) =>
        {
            using var car = await gateway.ConnectAsync($"car-{n}", n % 2 == 0 ? MqttProtocolVersion.V311 : MqttProtocolVersion.V500);
            await Task.WhenAll(Enumerable.Range(0, messages).Select(i =>
                car.PublishStringAsync($"telemetry/car-{n}", $"{i} {new string('x', 500)}", MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken: token)));
            await car.DisconnectAsync(cancellationToken: token);
        });
        var stored = await gateway.ReadAsync(TopicNames.Telemetry);
        Assert.Equal(clients * messages, stored.Count);
        Assert.All(stored.GroupBy(message => message.Key), car => Assert.Equal(messages, car.Select(message => Encoding.UTF8.GetString(message.Body)).Distinct().Count()));
        await RunningGateway.EventuallyAsync(() => Task.FromResult(gateway.Statistics.Connections == 0));
        Assert.Empty(gateway.Lines.All);
    }

    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public async Task An_exchange_topic_goes_from_client_to_client(MqttProtocolVersion version)
    {
        await using var gateway = await StartAsync();
        using var reader = await gateway.ConnectAsync("reader", version);
        var got = Received(reader);
        await reader.SubscribeAsync("chat/+/news", MqttQualityOfServiceLevel.AtLeastOnce, Token);
        using var writer = await gateway.ConnectAsync("writer");
        for (var i = 0; i < 20; i++)
        {
            await writer.PublishStringAsync("chat/a/news", $"{i}", MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken: Token);
        }

        await RunningGateway.EventuallyAsync(() => Task.FromResult(got.Count == 20));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), got.Select(message => message.ConvertPayloadToString()));
    }

    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public async Task A_car_gets_its_orders_without_a_subscription_and_receipts_follow(MqttProtocolVersion version)
    {
        await using var gateway = await StartAsync();
        using var car = await gateway.ConnectAsync("car-1", version);
        var got = Received(car);
        var directed = Guid.NewGuid();
        var broadcast = Guid.NewGuid();
        var elsewhere = Guid.NewGuid();
        await OrderAsync(gateway, GatewayOrderKind.Directed, directed, "car-1", gateway.Instance);
        await OrderAsync(gateway, GatewayOrderKind.Broadcast, broadcast, broadcast.ToString(), "ALL");
        await OrderAsync(gateway, GatewayOrderKind.Directed, elsewhere, "car-2", gateway.Instance);

        await RunningGateway.EventuallyAsync(async () => (await gateway.ReadReceiptsAsync()).Count == 5);
        var receipts = await gateway.ReadReceiptsAsync();
        Assert.Equal([CommandReceiptKind.Sent, CommandReceiptKind.Delivered], receipts.Where(r => r.CommandId == directed).Select(r => r.Kind));
        Assert.Equal([CommandReceiptKind.Sent, CommandReceiptKind.Delivered], receipts.Where(r => r.CommandId == broadcast).Select(r => r.Kind));
        Assert.Equal(CommandReceiptKind.NotHere, Assert.Single(receipts, r => r.CommandId == elsewhere).Kind);
        Assert.Equal(["command/all", "command/p2p/car-1"], got.Select(message => message.Topic).Order());
        if (version == MqttProtocolVersion.V500)
        {
            var message = got.Single(m => m.Topic == "command/p2p/car-1");
            Assert.Equal("command-result/car-1", message.ResponseTopic);
            Assert.Equal(directed.ToString(), Encoding.UTF8.GetString(message.CorrelationData));
            Assert.InRange(message.MessageExpiryInterval, 1u, 60u);
        }
    }

    [Fact]
    public async Task A_client_identifier_has_one_connection_on_whichever_loops_it_comes()
    {
        await using var gateway = await StartAsync();
        var clients = new List<IMqttClient>();
        for (var i = 0; i < 6; i++)
        {
            clients.Add(await gateway.ConnectAsync("car-1"));
        }

        await RunningGateway.EventuallyAsync(() => Task.FromResult(clients.Count(client => client.IsConnected) == 1 && gateway.Statistics.Connections == 1));
        Assert.True(clients[^1].IsConnected);
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task A_kept_session_gets_what_came_meanwhile()
    {
        await using var gateway = await StartAsync();
        var reader = await gateway.ConnectAsync("reader", MqttProtocolVersion.V311, cleanStart: false);
        await reader.SubscribeAsync("chat/#", MqttQualityOfServiceLevel.AtLeastOnce, Token);
        await reader.DisconnectAsync(cancellationToken: Token);
        reader.Dispose();
        using var writer = await gateway.ConnectAsync("writer");
        await writer.PublishStringAsync("chat/a", "meanwhile", MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken: Token);

        using var again = new MqttClientFactory().CreateMqttClient();
        var got = Received(again);
        var result = await again.ConnectAsync(gateway.Options("reader", MqttProtocolVersion.V311, cleanStart: false).Build(), Token);
        Assert.True(result.IsSessionPresent);
        await RunningGateway.EventuallyAsync(() => Task.FromResult(got.Count == 1));
        Assert.Equal("meanwhile", got.Single().ConvertPayloadToString());
    }

    [Fact]
    public async Task At_stop_clients_are_told_and_every_end_is_in_the_log()
    {
        var folder = Directory.CreateTempSubdirectory("telematics-stop-");
        await using var gateway = await StartAsync(folder: folder.FullName);
        using var car = await gateway.ConnectAsync("car-1");
        using var old = await gateway.ConnectAsync("car-2", MqttProtocolVersion.V311);
        var told = new TaskCompletionSource<MqttClientDisconnectReason>();
        car.DisconnectedAsync += args =>
        {
            told.TrySetResult(args.Reason);
            return Task.CompletedTask;
        };
        var instance = gateway.Instance;
        await gateway.StopAsync();
        await gateway.DisposeAsync();
        await using var next = await StartAsync(folder: folder.FullName);
        var events = await next.ReadEventsAsync();
        Assert.Equal(2, events.Count(e => e.EventType == VehicleEventType.TcpClean && e.Reason == "serverShuttingDown"));
        Assert.Equal(instance, Assert.Single(events, e => e.EventType == VehicleEventType.InstanceEnd).Instance);
        Assert.Equal(MqttClientDisconnectReason.ServerShuttingDown, await told.Task.WaitAsync(TimeSpan.FromSeconds(10), Token));
        await next.DisposeAsync();
        folder.Delete(recursive: true);
        Assert.Empty(gateway.Lines.All);
    }

    [Fact]
    public async Task An_instance_that_was_ended_goes_on_under_another_name()
    {
        await using var gateway = await StartAsync();
        using var car = await gateway.ConnectAsync("car-1");
        var got = Received(car);
        var old = gateway.Instance;
        await OrderAsync(gateway, GatewayOrderKind.InstanceEnded, Guid.NewGuid(), old, "ALL", instance: old);
        await RunningGateway.EventuallyAsync(async () => (await gateway.ReadEventsAsync()).Any(e => e.EventType == VehicleEventType.Announce));
        Assert.NotEqual(old, gateway.Instance);
        var events = await gateway.ReadEventsAsync();
        Assert.Equal(gateway.Instance, events.Single(e => e.EventType == VehicleEventType.Announce).Instance);
        Assert.Equal(events.Single(e => e.EventType == VehicleEventType.Connect).ChannelId, events.Single(e => e.EventType == VehicleEventType.Announce).ChannelId);
        Assert.Contains(events, e => e.EventType == VehicleEventType.InstanceStart && e.Instance == gateway.Instance);
        await OrderAsync(gateway, GatewayOrderKind.Directed, Guid.NewGuid(), "car-1", gateway.Instance);
        await RunningGateway.EventuallyAsync(() => Task.FromResult(got.Count == 1));
    }

    [Fact]
    public async Task With_credentials_a_car_is_itself_only_and_a_revoked_one_is_put_out()
    {
        var verifier = new OneSecret();
        await using var gateway = await StartAsync(
            new() { ["Telematics:Gateway:Authentication"] = "Credential" }, services => services.AddSingleton<ICredentialVerifier>(verifier));
        using var car = await gateway.ConnectAsync("car-1", configure: options => options.WithCredentials("car-1", OneSecret.Secret));
        Assert.True((await car.PublishStringAsync("telemetry/car-1", "x", MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken: Token)).IsSuccess);
        var foreign = await car.PublishStringAsync("telemetry/car-2", "x", MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken: Token);
        Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, foreign.ReasonCode);

        using var wrong = new MqttClientFactory().CreateMqttClient();
        var result = await wrong.ConnectAsync(gateway.Options("car-2").WithCredentials("car-2", "guess").Build(), Token);
        Assert.Equal(MqttClientConnectResultCode.BadUserNameOrPassword, result.ResultCode);

        await OrderAsync(gateway, GatewayOrderKind.CloseChannel, Guid.NewGuid(), "car-1", "ALL");
        await RunningGateway.EventuallyAsync(() => Task.FromResult(!car.IsConnected));
        Assert.Equal(["car-1"], verifier.Forgotten);
    }

    [Fact]
    public async Task TLS_is_served_with_a_certificate_of_files()
    {
        using var key = RSA.Create(2_048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var folder = Directory.CreateTempSubdirectory("telematics-tls-");
        try
        {
            var path = Path.Combine(folder.FullName, "server.pem");
            var keyPath = Path.Combine(folder.FullName, "server.key");
            await File.WriteAllTextAsync(path, certificate.ExportCertificatePem(), Token);
            await File.WriteAllTextAsync(keyPath, key.ExportPkcs8PrivateKeyPem(), Token);
            await using var gateway = await StartAsync(new()
            {
                ["Telematics:Gateway:Tls:Port"] = "0",
                ["Telematics:Gateway:Tls:Certificate:Path"] = path,
                ["Telematics:Gateway:Tls:Certificate:KeyPath"] = keyPath,
            });
            using var car = await gateway.ConnectAsync("car-1", configure: options => options
                .WithTcpServer("127.0.0.1", gateway.Ports[1])
                .WithTlsOptions(tls => tls.WithCertificateValidationHandler(_ => true)));
            Assert.True((await car.PublishStringAsync("telemetry/car-1", new string('x', 60_000), MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken: Token)).IsSuccess);
            await car.DisconnectAsync(cancellationToken: Token);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Garbage_ends_a_connection_without_a_line_in_the_log()
    {
        await using var gateway = await StartAsync();
        var random = new Random(7);
        for (var i = 0; i < 50; i++)
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", gateway.Ports[0], Token);
            var bytes = new byte[random.Next(1, 400)];
            random.NextBytes(bytes);
            bytes[0] = i % 2 == 0 ? (byte)0x10 : bytes[0];
            var stream = client.GetStream();
            try
            {
                await stream.WriteAsync(bytes, Token);
                client.Client.Shutdown(SocketShutdown.Send);
                await stream.CopyToAsync(Stream.Null, Token);
            }
            catch (Exception exception) when (exception is IOException or SocketException)
            {
                // Closed with bytes unread: the network says so by a reset.
            }
        }

        Assert.Empty(gateway.Lines.All);
    }

    private Task<RunningGateway> StartAsync(Dictionary<string, string?>? settings = null, Action<IServiceCollection>? configure = null, string? folder = null) =>
        RunningGateway.StartAsync(Transport, settings, configure, folder);

    private static ConcurrentQueue<MqttApplicationMessage> Received(IMqttClient client)
    {
        var got = new ConcurrentQueue<MqttApplicationMessage>();
        client.ApplicationMessageReceivedAsync += args =>
        {
            got.Enqueue(args.ApplicationMessage);
            return Task.CompletedTask;
        };
        return got;
    }

    private static async Task OrderAsync(RunningGateway gateway, GatewayOrderKind kind, Guid commandId, string key, string tag, string instance = "")
    {
        var properties = new byte[512];
        int Write()
        {
            var writer = new MessagePropertiesWriter(properties);
            writer.Add(MessagePropertyNames.OrderKind, JsonNamingPolicy.CamelCase.ConvertName(kind.ToString()));
            writer.Add(MessagePropertyNames.CommandId, commandId.ToString());
            writer.Add(MessagePropertyNames.Attempt, 1);
            writer.Add(MessagePropertyNames.NotAfter, DateTimeOffset.UtcNow.AddSeconds(60).ToUnixTimeMilliseconds());
            writer.Add(MessagePropertyNames.Instance, instance);
            return writer.Written.Length;
        }

        await gateway.Log.GetProducer(TopicNames.Command).AppendAsync(key, "{}"u8.ToArray(), tag, properties.AsMemory(0, Write()), Token);
    }

    private sealed class OneSecret : ICredentialVerifier
    {
        public const string Secret = "s3cret";

        public ConcurrentQueue<string> Forgotten { get; } = new();

        public void Verify(CredentialQuestion question) =>
            question.Answer(question.SecretHash.SequenceEqual(SHA256.HashData(Encoding.UTF8.GetBytes(Secret))) ? CredentialVerdict.Accepted : CredentialVerdict.Refused);

        public bool IsRemembered(string vehicleId, ReadOnlySpan<byte> secretHash) => false;

        public void Forget(string vehicleId) => Forgotten.Enqueue(vehicleId);
    }
}
