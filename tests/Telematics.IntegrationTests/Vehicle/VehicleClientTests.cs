using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet;
using MQTTnet.Protocol;
using MQTTnet.Server;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Contracts.Telemetry;
using Telematics.Vehicle;
using Xunit;

namespace Telematics.IntegrationTests.Vehicle;

public sealed class VehicleClientTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("telematics-vehicle-").FullName;
    private readonly int _port = FreePort();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(long Boot, long Seq, int Samples)> _messages = [];
    private readonly List<VehicleCommandResult> _results = [];
    private MqttServer? _server;
    private Func<MqttApplicationMessage, bool> _acknowledges = _ => true;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_server is not null)
        {
            await StopServerAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_was_sampled_offline_is_forwarded_in_order_and_the_numbers_go_on_after_a_restart()
    {
        var offline = RunClientAsync();
        await WaitAsync(() => File.Exists(Path.Combine(_folder, "vehicle.db")));
        await Task.Delay(2_500, TestContext.Current.CancellationToken); // time for samples at one a second
        await StopClientAsync(offline);

        await StartServerAsync();
        var online = RunClientAsync();
        await WaitAsync(() => _messages.Count >= 3);
        await StopClientAsync(online);

        Assert.InRange(_messages[0].Samples, 2, 5);
        Assert.Equal(Enumerable.Range(0, _messages.Count).Select(i => (long)i), _messages.Select(message => message.Seq));
        Assert.Single(_messages.Select(message => message.Boot).Distinct());
    }

    [Fact]
    public async Task A_message_without_puback_is_sent_again_with_its_number()
    {
        await StartServerAsync();
        _acknowledges = message => !message.Topic.StartsWith("telemetry/", StringComparison.Ordinal) || _messages.Count > 1;
        var client = RunClientAsync();
        await WaitAsync(() => _messages.Count >= 3);
        await StopClientAsync(client);

        Assert.Equal(_messages[0].Seq, _messages[1].Seq);
        Assert.Equal(_messages[0].Samples, _messages[1].Samples);
        Assert.Equal(_messages[0].Seq + 1, _messages[2].Seq);
    }

    [Fact]
    public async Task A_command_that_comes_twice_is_carried_out_once_and_answered_twice()
    {
        await StartServerAsync();
        var client = RunClientAsync();
        await WaitAsync(() => _messages.Count >= 1);

        var command = new VehicleCommand
        {
            CommandId = Guid.NewGuid(),
            Order = 1,
            Type = CommandTypeNames.Lock,
            Parameters = JsonSerializer.SerializeToElement(new { }),
            NotAfter = DateTimeOffset.UtcNow.AddMinutes(1),
            IssuedAt = DateTimeOffset.UtcNow,
        };
        await SendAsync(command);
        await WaitAsync(() => _results.Count == 2);
        await SendAsync(command);
        await WaitAsync(() => _results.Count == 3);
        await StopClientAsync(client);

        Assert.Equal([VehicleCommandState.Accepted, VehicleCommandState.Succeeded, VehicleCommandState.Succeeded], _results.Select(result => result.State));
    }

    private Task RunClientAsync() => Task.Run(
        () => VehicleProcess.RunAsync(
            new VehicleOptions { VehicleId = "car-1", Host = "127.0.0.1", Port = _port, DataFolder = _folder, Interval = TimeSpan.FromSeconds(1) },
            TimeProvider.System,
            NullLogger.Instance,
            CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, _client.Token).Token),
        CancellationToken.None);

    private CancellationTokenSource _client = new();

    private async Task StopClientAsync(Task client)
    {
        await _client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client);
        _client = new CancellationTokenSource();
    }

    private async Task StartServerAsync()
    {
        _server = new MqttServerFactory().CreateMqttServer(
            new MqttServerOptionsBuilder().WithDefaultEndpoint().WithDefaultEndpointPort(_port).WithDefaultEndpointBoundIPAddress(IPAddress.Loopback).WithDefaultEndpointBoundIPV6Address(IPAddress.None).Build());
        _server.InterceptingPublishAsync += args =>
        {
            Take(args.ApplicationMessage);
            if (!_acknowledges(args.ApplicationMessage))
            {
                args.CloseConnection = true;
                args.ProcessPublish = false;
                args.Response.ReasonCode = MqttPubAckReasonCode.UnspecifiedError;
            }

            return Task.CompletedTask;
        };
        await _server.StartAsync();
    }

    private async Task StopServerAsync()
    {
        using var server = _server;
        _server = null;
        if (server is not null)
        {
            await server.StopAsync();
        }
    }

    private void Take(MqttApplicationMessage message)
    {
        if (message.Topic == "telemetry/car-1")
        {
            var telemetry = new DecodedTelemetry();
            Assert.Equal(DecodeResult.Decoded, TelemetryCodec.Decode(message.Payload.ToArray(), Encoding.UTF8.GetBytes(message.ContentType), telemetry));
            _messages.Add((telemetry.Boot, telemetry.Seq, telemetry.SampleCount));
        }
        else if (message.Topic == "command-result/car-1")
        {
            _results.Add(JsonSerializer.Deserialize(message.Payload.ToArray(), ContractsJson.Default.VehicleCommandResult)!);
        }
    }

    // MQTTnet's server delivers by subscription only, so the test subscribes for the car, as our gateway does by itself.
    private async Task SendAsync(VehicleCommand command)
    {
        await _server!.SubscribeAsync("car-1", [new MqttTopicFilterBuilder().WithTopic("command/p2p/car-1").WithAtLeastOnceQoS().Build()]);
        await _server.InjectApplicationMessage(
            new InjectedMqttApplicationMessage(new MqttApplicationMessage
            {
                Topic = "command/p2p/car-1",
                PayloadSegment = JsonSerializer.SerializeToUtf8Bytes(command, ContractsJson.Default.VehicleCommand),
                QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
            }),
            TestContext.Current.CancellationToken);
    }

    private static async Task WaitAsync(Func<bool> isDone)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(TimeSpan.FromSeconds(30));
        while (!isDone())
        {
            await Task.Delay(20, timeout.Token);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
