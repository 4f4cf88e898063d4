using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MQTTnet;
using MQTTnet.Formatter;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Contracts.Presence;
using Telematics.Gateway;
using Telematics.Messaging;
using Telematics.Tests.Gateway;
using Xunit;

namespace Telematics.IntegrationTests.Gateway;

/// <summary>A gateway on free ports with an embedded log in a temporary folder.</summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    private readonly string _folder;
    private readonly bool _isFolderKept;
    private readonly WebApplication _app;

    private RunningGateway(Dictionary<string, string?> settings, Action<IServiceCollection>? configure, string? folder)
    {
        _isFolderKept = folder is not null;
        _folder = folder ?? Path.Combine(Path.GetTempPath(), $"telematics-gateway-{Guid.NewGuid():N}");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Telematics:Messaging:Embedded:Directory"] = _folder,
            ["Telematics:Gateway:Port"] = "0",
            ["Telematics:Gateway:Loops"] = "2",
            ["Telematics:Gateway:Topics:chat"] = "Exchange",
        });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<ILoggerProvider>(Lines);
        builder.Services.AddEmbeddedMessageLog().AddTelematicsGateway();
        configure?.Invoke(builder.Services);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0); // as the Host has one for HTTP
            kestrel.ListenMqtt();
        });
        _app = builder.Build();
    }

    public KeptLines Lines { get; } = new();

    public IMessageLog Log => _app.Services.GetRequiredService<IMessageLog>();

    public GatewayStatistics Statistics => _app.Services.GetRequiredService<GatewayStatistics>();

    /// <summary>What the gateway counts up and down, by name: without clients all of it is 0.</summary>
    public Dictionary<string, long> Gauges
    {
        get
        {
            var factory = _app.Services.GetRequiredService<IMeterFactory>();
            var gauges = new Dictionary<string, long>();
            using var listener = new MeterListener
            {
                InstrumentPublished = (instrument, listener) =>
                {
                    // Gateways of other tests have meters of the same name.
                    if (instrument is ObservableUpDownCounter<long> && instrument.Meter.Name == GatewayMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, factory))
                    {
                        listener.EnableMeasurementEvents(instrument);
                    }
                },
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => gauges[instrument.Name] = value);
            listener.Start();
            listener.RecordObservableInstruments();
            return gauges;
        }
    }

    public string Instance => _app.Services.GetRequiredService<GatewayServer>().Instance.Id;

    /// <summary>Plain MQTT, then TLS if it is on.</summary>
    public IReadOnlyList<int> Ports
    {
        get
        {
            var kestrel = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Skip(1).Select(address => new Uri(address).Port);
            return _app.Services.GetRequiredService<GatewayServer>().EpollEndPoint is { } epoll ? [epoll.Port, .. kestrel] : [.. kestrel];
        }
    }

    public static async Task<RunningGateway> StartAsync(Dictionary<string, string?>? settings = null, Action<IServiceCollection>? configure = null, string? folder = null)
    {
        var gateway = new RunningGateway(settings ?? [], configure, folder);
        try
        {
            await gateway._app.StartAsync(TestContext.Current.CancellationToken);
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>A gateway whose plain MQTT is carried so.</summary>
    public static Task<RunningGateway> StartAsync(
        GatewayTransport transport, Dictionary<string, string?>? settings = null, Action<IServiceCollection>? configure = null, string? folder = null) =>
        StartAsync(new(settings ?? []) { ["Telematics:Gateway:Transport"] = transport.ToString() }, configure, folder);

    public async Task<IMqttClient> ConnectAsync(
        string clientId, MqttProtocolVersion version = MqttProtocolVersion.V500, bool cleanStart = true, Action<MqttClientOptionsBuilder>? configure = null)
    {
        var client = new MqttClientFactory().CreateMqttClient();
        var options = Options(clientId, version, cleanStart);
        configure?.Invoke(options);
        var built = options.Build();

        // MQTTnet resets the connection when it closes; what the server has not yet read would be lost with it.
        ((MqttClientTcpOptions)built.ChannelOptions).LingerState = new System.Net.Sockets.LingerOption(enable: false, seconds: 0);
        var result = await client.ConnectAsync(built, TestContext.Current.CancellationToken);
        Assert.Equal(MqttClientConnectResultCode.Success, result.ResultCode);
        return client;
    }

    public MqttClientOptionsBuilder Options(string clientId, MqttProtocolVersion version = MqttProtocolVersion.V500, bool cleanStart = true) =>
        new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", Ports[0]).WithClientId(clientId).WithProtocolVersion(version).WithCleanStart(cleanStart)
            .WithTimeout(TimeSpan.FromSeconds(20));

    /// <summary>Everything in a topic, queue by queue.</summary>
    public async Task<List<LogMessage>> ReadAsync(string topic)
    {
        var messages = new List<LogMessage>();
        foreach (var queue in Log.GetQueues(topic))
        {
            await using var reader = Log.OpenReader(queue, TagFilter.All);
            var offset = (await Log.GetRangeAsync(queue, TestContext.Current.CancellationToken)).BeginOffset;
            while (await reader.ReadAsync(offset, 1_000, 1 << 20, TimeSpan.Zero, TestContext.Current.CancellationToken) is { Status: ReadStatus.Messages } result)
            {
                using var batch = result.Batch!;
                for (var i = 0; i < batch.Count; i++)
                {
                    messages.Add(new LogMessage(Encoding.UTF8.GetString(batch[i].Key), Encoding.UTF8.GetString(batch[i].Tag), batch[i].Body.ToArray()));
                }

                offset = result.NextOffset;
            }
        }

        return messages;
    }

    public async Task<List<VehicleEvent>> ReadEventsAsync() =>
        [.. (await ReadAsync(TopicNames.VehicleEvent)).Select(message => JsonSerializer.Deserialize(message.Body, ContractsJson.Default.VehicleEvent)!)];

    public async Task<List<CommandReceipt>> ReadReceiptsAsync() =>
        [.. (await ReadAsync(TopicNames.CommandReceipt)).SelectMany(message => JsonSerializer.Deserialize(message.Body, ContractsJson.Default.CommandReceipts)!.Receipts)];

    /// <summary>Waits until something is so; fails after 20 s.</summary>
    public static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        for (var i = 0; i < 400; i++)
        {
            if (await condition())
            {
                return;
            }

            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.Fail("It did not come about within 20 s.");
    }

    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        if (!_isFolderKept && Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }
}

internal sealed record LogMessage(string Key, string Tag, byte[] Body);
