using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Telematics.IntegrationTests.Host;

/// <summary>A car on somebody else's MQTT client: reports with <c>boot</c> and <c>seq</c>, keeps what was not acknowledged, takes orders.</summary>
internal sealed class MqttCar : IAsyncDisposable
{
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly MqttClientOptions _options;
    private readonly long _boot = Random.Shared.NextInt64(1, long.MaxValue);
    private readonly DateTime _start = DateTime.UtcNow.AddHours(-1);
    private long _seq;

    public MqttCar(string vehicleId, int port, MqttProtocolVersion version = MqttProtocolVersion.V500, string? password = null)
    {
        VehicleId = vehicleId;
        var builder = new MqttClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", port)
            .WithClientId(vehicleId)
            .WithProtocolVersion(version)
            .WithCleanStart()
            .WithTimeout(TimeSpan.FromSeconds(20));
        if (password is not null)
        {
            builder = builder.WithCredentials(vehicleId, password);
        }

        _options = builder.Build();
        _client.ApplicationMessageReceivedAsync += received =>
        {
            Orders.Add(JsonNode.Parse(received.ApplicationMessage.ConvertPayloadToString())!);
            return Task.CompletedTask;
        };
    }

    public string VehicleId { get; }

    public BlockingCollection<JsonNode> Orders { get; } = [];

    /// <summary>Numbers of the messages for which a PUBACK came.</summary>
    public ConcurrentDictionary<long, bool> Acknowledged { get; } = new();

    public bool IsConnected => _client.IsConnected;

    /// <summary>Each message has a device time of its own, so that a row tells its message.</summary>
    public DateTime TimeOf(long seq) => _start.AddMilliseconds(seq);

    /// <summary>Connects; answers what CONNACK says.</summary>
    public async Task<MqttClientConnectResultCode> ConnectAsync(CancellationToken cancellationToken) =>
        (await _client.ConnectAsync(_options, cancellationToken)).ResultCode;

    /// <summary>Reports one sample; true when it was acknowledged. A message that was not acknowledged is sent again with its number.</summary>
    public async Task<bool> ReportAsync(long? again, CancellationToken cancellationToken)
    {
        var seq = again ?? Interlocked.Increment(ref _seq);
        var time = TimeOf(seq).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
        var body = $$"""{"time":"{{time}}","boot":{{_boot}},"seq":{{seq}},"Vehicle.Speed":{{seq % 200}},"Vehicle.CurrentLocation.Latitude":31.23,"Vehicle.CurrentLocation.Longitude":121.47}""";
        var message = new MqttApplicationMessageBuilder()
            .WithTopic($"telemetry/{VehicleId}")
            .WithPayload(Encoding.UTF8.GetBytes(body))
            .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce)
            .Build();
        var result = await _client.PublishAsync(message, cancellationToken);
        if (result.IsSuccess)
        {
            Acknowledged[seq] = true;
        }

        return result.IsSuccess;
    }

    public long LastSeq => Interlocked.Read(ref _seq);

    public JsonNode TakeOrder(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        return Orders.Take(limit.Token);
    }

    public async Task AnswerAsync(JsonNode order, string state, CancellationToken cancellationToken)
    {
        var body = new JsonObject { ["commandId"] = order["commandId"]!.GetValue<string>(), ["state"] = state };
        await PublishAsync($"command-result/{VehicleId}", body.ToJsonString(), cancellationToken);
    }

    public Task<MqttClientPublishResult> PublishAsync(string topic, string payload, CancellationToken cancellationToken) =>
        _client.PublishAsync(
            new MqttApplicationMessageBuilder().WithTopic(topic).WithPayload(payload).WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).Build(),
            cancellationToken);

    public Task DisconnectAsync(CancellationToken cancellationToken) => _client.DisconnectAsync(cancellationToken: cancellationToken);

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        Orders.Dispose();
        return ValueTask.CompletedTask;
    }
}
