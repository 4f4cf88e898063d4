using System.Collections.Concurrent;
using MQTTnet;
using MQTTnet.Protocol;
using Telematics.IntegrationTests.Host;
using Telematics.Simulator;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>What the roles do together when each is several processes.</summary>
[Collection(DistributedSystem.Name)]
public sealed class DistributedTests(DistributedSystem system) : IAsyncLifetime
{
    private const int FleetSize = 40;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await system.StartAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_car_at_either_gateway_is_seen_by_both_apis_commanded_by_either_and_answers()
    {
        for (var side = 0; side < 2; side++)
        {
            var id = $"whole-{side}";
            await using var car = new MqttCar(id, system.Gateways[side].MqttPort);
            await car.ConnectAsync(Cancel);
            Assert.True(await car.ReportAsync(null, Cancel));
            foreach (var api in system.Apis)
            {
                await api.Http.UntilAsync($"api/v1/telemetry/latest?vehicleIds={id}", answer => answer["items"]!.AsArray().Count == 1, Cancel);
                await api.Http.UntilAsync($"api/v1/vehicles/{id}/telemetry", answer => answer["items"]!.AsArray().Count == 1, Cancel);
                await api.Http.UntilAsync($"api/v1/vehicles/{id}", answer => (string?)answer["connection"] == "online", Cancel);
            }

            var (asks, watches) = (system.Apis[side].Http, system.Apis[1 - side].Http);
            var command = await asks.OrderAsync("locate", ApiCalls.Vehicles(id), Cancel);
            var order = car.TakeOrder(Cancel);
            Assert.Equal((string?)command["id"], (string?)order["commandId"]);
            await watches.UntilAsync($"api/v1/commands/{command["id"]}", answer => (int?)answer["counts"]!["delivered"] == 1, Cancel);
            await car.AnswerAsync(order, "succeeded", Cancel);
            await watches.UntilAsync($"api/v1/commands/{command["id"]}", answer => (string?)answer["state"] == "completed", Cancel);

            await car.DisconnectAsync(Cancel);
            foreach (var api in system.Apis)
            {
                await api.Http.UntilAsync($"api/v1/vehicles/{id}", answer => (string?)answer["connection"] == "offline", Cancel);
            }
        }
    }

    [Fact]
    public async Task Orders_one_by_one_and_to_all_reach_the_cars_of_both_gateways()
    {
        var http = system.Apis[0].Http;
        await using var first = new Fleet(new FleetOptions { Vehicles = FleetSize, Prefix = "left-", Port = system.Gateways[0].MqttPort, Interval = TimeSpan.FromSeconds(2) }, TimeProvider.System);
        await using var second = new Fleet(new FleetOptions { Vehicles = FleetSize, Prefix = "right-", Port = system.Gateways[1].MqttPort, Interval = TimeSpan.FromSeconds(2) }, TimeProvider.System);
        await Task.WhenAll(first.StartAsync(Cancel), second.StartAsync(Cancel));
        string[] ids = [];
        for (var attempt = 0; attempt < 300 && ids.Length < 2 * FleetSize; attempt++)
        {
            await Task.Delay(100, Cancel);
            ids = [.. (await http.GetAllAsync("api/v1/vehicles?state=online&limit=1000", Cancel)).Select(vehicle => (string)vehicle["vehicleId"]!).Where(id => id.StartsWith("left-", StringComparison.Ordinal) || id.StartsWith("right-", StringComparison.Ordinal))];
        }

        Assert.Equal(2 * FleetSize, ids.Length);
        var directed = await http.OrderAsync("locate", ApiCalls.Vehicles(ids), Cancel);
        var ended = await http.UntilAsync($"api/v1/commands/{directed["id"]}", answer => (string?)answer["state"] == "completed", Cancel);
        Assert.Equal(2 * FleetSize, (int?)ended["counts"]!["succeeded"]);

        var broadcast = await http.OrderAsync("locate", ApiCalls.All(), Cancel);
        await http.UntilAsync($"api/v1/commands/{broadcast["id"]}", answer => (int?)answer["counts"]!["succeeded"] >= 2 * FleetSize, Cancel);
        Assert.Equal(2 * FleetSize, first.GetCounters().CommandsSucceeded);
        Assert.Equal(2 * FleetSize, second.GetCounters().CommandsSucceeded);
    }

    [Fact]
    public async Task A_car_that_connects_at_the_other_gateway_is_taken_over_and_commanded_there()
    {
        var http = system.Apis[0].Http;
        await using var before = new MqttCar("moving", system.Gateways[0].MqttPort);
        await before.ConnectAsync(Cancel);
        Assert.True(await before.ReportAsync(null, Cancel));
        await http.UntilAsync("api/v1/vehicles/moving", answer => (string?)answer["connection"] == "online", Cancel);

        await using var after = new MqttCar("moving", system.Gateways[1].MqttPort);
        await after.ConnectAsync(Cancel);
        await UntilAsync(() => !before.IsConnected, "The older connection is not closed.");
        Assert.True(after.IsConnected);
        var command = await http.OrderAsync("locate", ApiCalls.Vehicles("moving"), Cancel);
        await after.AnswerAsync(after.TakeOrder(Cancel), "succeeded", Cancel);
        await http.UntilAsync($"api/v1/commands/{command["id"]}", answer => (string?)answer["state"] == "completed", Cancel);
        Assert.Empty(before.Orders);

        // The end of the older connection is behind the newer one's begin in the log, and does not count for it.
        Assert.Equal("online", (string?)(await http.GetJsonAsync("api/v1/vehicles/moving", Cancel))["connection"]);
    }

    [Fact]
    public async Task Clients_of_both_gateways_talk_by_topics_and_one_to_one()
    {
        await using var left = await Talker.ConnectAsync("talker-left", system.Gateways[0].MqttPort);
        await using var right = await Talker.ConnectAsync("talker-right", system.Gateways[1].MqttPort);
        await left.SubscribeAsync("chat/room/#");
        await right.SubscribeAsync("chat/room/1");
        await left.PublishAsync("chat/room/1", "from left");
        await right.PublishAsync("chat/room/2", "from right");
        await left.PublishAsync("chat/p2p/talker-right", "for right alone");
        await UntilAsync(() => left.Received.Count == 2 && right.Received.Count == 2, "Not all was delivered.");
        Assert.Equal([("chat/room/1", "from left"), ("chat/room/2", "from right")], left.Received.Order());
        Assert.Equal([("chat/p2p/talker-right", "for right alone"), ("chat/room/1", "from left")], right.Received.Order());
    }

    [Fact]
    public async Task A_server_application_reads_what_cars_send_and_writes_to_a_client_by_rocketmq_alone()
    {
        await using var application = new ServerApplication(system.RocketMQ.Cluster.NameServers);
        await using var left = await Talker.ConnectAsync("phone-left", system.Gateways[0].MqttPort);
        await using var right = await Talker.ConnectAsync("phone-right", system.Gateways[1].MqttPort);
        await left.SubscribeAsync("notice/news/#");
        await right.SubscribeAsync("notice/news/#");
        await application.SendAsync("notice", "to all", ("mqttSecondTopic", "/news/today"));
        await application.SendAsync("notice", "to one", ("mqttSecondTopic", "/p2p/phone-right"), ("mqttRealTopic", "notice/inbox"));
        await UntilAsync(() => left.Received.Count == 1 && right.Received.Count == 2, "Not all was delivered.");
        Assert.Equal([("notice/news/today", "to all")], left.Received);
        Assert.Equal([("notice/inbox", "to one"), ("notice/news/today", "to all")], right.Received.Order());

        await using var car = new MqttCar("read-by-others", system.Gateways[0].MqttPort);
        await car.ConnectAsync(Cancel);
        Assert.True((await car.PublishAsync("telemetry/read-by-others", "not telemetry", Cancel)).IsSuccess);
        var properties = await application.FindAsync("telemetry", "not telemetry");
        Assert.Equal(("/read-by-others", "read-by-others", "1", "true"), (properties["mqttSecondTopic"], properties["clientId"], properties["qoslevel"], properties["cleansessionflag"]));
    }

    [Fact]
    public async Task Health_and_metrics_are_there_in_every_role_and_only_the_api_has_more()
    {
        foreach (var process in system.Processes)
        {
            foreach (var path in new[] { "health/live", "health/ready", "metrics" })
            {
                using var answer = await process.Http.GetAsync(new Uri(path, UriKind.Relative), Cancel);
                Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode}");
            }

            using var vehicles = await process.Http.GetAsync(new Uri("api/v1/vehicles", UriKind.Relative), Cancel);
            Assert.Equal(system.Apis.Contains(process), vehicles.IsSuccessStatusCode);
        }
    }

    private static async Task UntilAsync(Func<bool> condition, string otherwise)
    {
        for (var end = Environment.TickCount64 + 30_000; !condition();)
        {
            Assert.True(Environment.TickCount64 < end, otherwise);
            await Task.Delay(50, Cancel);
        }
    }

    /// <summary>An MQTT client that is no car.</summary>
    private sealed class Talker : IAsyncDisposable
    {
        private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();

        public ConcurrentQueue<(string Topic, string Text)> Received { get; } = new();

        public static async Task<Talker> ConnectAsync(string clientId, int port)
        {
            var talker = new Talker();
            talker._client.ApplicationMessageReceivedAsync += received =>
            {
                talker.Received.Enqueue((received.ApplicationMessage.Topic, received.ApplicationMessage.ConvertPayloadToString()));
                return Task.CompletedTask;
            };
            await talker._client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).WithClientId(clientId).WithCleanStart().Build(), Cancel);
            return talker;
        }

        public Task SubscribeAsync(string filter) => _client.SubscribeAsync(filter, MqttQualityOfServiceLevel.AtLeastOnce, Cancel);

        public async Task PublishAsync(string topic, string text) =>
            Assert.True((await _client.PublishStringAsync(topic, text, MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken: Cancel)).IsSuccess);

        public ValueTask DisposeAsync()
        {
            _client.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
