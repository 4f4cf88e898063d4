using System.Text.Json;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Contracts.Telemetry;
using Telematics.IntegrationTests.Gateway;
using Telematics.Messaging;
using Telematics.Mqtt;
using Telematics.Simulator;
using Xunit;

namespace Telematics.IntegrationTests.Simulator;

/// <summary>The simulated fleet against the real gateway.</summary>
public sealed class FleetTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(MqttProtocolVersion.V500, PayloadFormat.Protobuf)]
    [InlineData(MqttProtocolVersion.V311, PayloadFormat.Json)]
    public async Task Every_acknowledged_message_is_in_the_log_once_and_in_the_cars_order(MqttProtocolVersion version, PayloadFormat format)
    {
        await using var gateway = await RunningGateway.StartAsync();
        await using var fleet = new Fleet(
            new FleetOptions { Vehicles = 50, Port = gateway.Ports[0], Interval = TimeSpan.Zero, Window = 4, Version = version, Format = format },
            TimeProvider.System);
        await fleet.StartAsync(Token);
        await RunningGateway.EventuallyAsync(() => Task.FromResult(fleet.GetCounters() is { EverConnected: 50, Acknowledged: > 5_000 }));
        await fleet.StopAsync(TimeSpan.FromSeconds(20), Token);
        var summary = fleet.GetSummary();
        Assert.True(summary.IsComplete, summary.Counters.ToString());

        var decoded = new DecodedTelemetry();
        var numbers = new Dictionary<string, long>();
        var messages = await gateway.ReadAsync(TopicNames.Telemetry);
        foreach (var message in messages)
        {
            Assert.Equal(RejectReason.None, TelemetryCodec.Decode(message.Body, [], decoded).Reason);
            Assert.Equal(numbers.GetValueOrDefault(message.Key) + 1, decoded.Seq);
            numbers[message.Key] = decoded.Seq;
        }

        Assert.Equal(summary.Counters.TelemetrySent, messages.Count);
        Assert.Equal(50, numbers.Count);
    }

    [Fact]
    public async Task A_broadcast_is_answered_by_every_car()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await using var fleet = new Fleet(
            new FleetOptions { Vehicles = 100, Port = gateway.Ports[0], Interval = TimeSpan.FromSeconds(60) }, TimeProvider.System);
        await fleet.StartAsync(Token);
        await RunningGateway.EventuallyAsync(() => Task.FromResult(fleet.GetCounters().Connected == 100));

        var commandId = Guid.NewGuid();
        await OrderAsync(gateway.Log, commandId);
        await RunningGateway.EventuallyAsync(() => Task.FromResult(fleet.GetCounters() is { CommandsSucceeded: 100, Outstanding: 0 }));
        var results = (await gateway.ReadAsync(TopicNames.CommandResult))
            .Select(message => (message.Key, Result: JsonSerializer.Deserialize(message.Body, ContractsJson.Default.VehicleCommandResult)!))
            .ToList();
        Assert.All(results, result => Assert.Equal(commandId, result.Result.CommandId));
        foreach (var car in results.GroupBy(result => result.Key))
        {
            Assert.Equal([VehicleCommandState.Accepted, VehicleCommandState.Succeeded], car.Select(result => result.Result.State));
        }

        Assert.Equal(200, results.Count);
        await fleet.StopAsync(TimeSpan.FromSeconds(20), Token);
        Assert.Equal(0, fleet.GetCounters().CommandsUnreadable);
    }

    private static async Task OrderAsync(IMessageLog log, Guid commandId)
    {
        var command = new VehicleCommand
        {
            CommandId = commandId,
            Order = 1,
            Type = CommandTypeNames.Unlock,
            Parameters = JsonElement.Parse("{}"),
            IssuedAt = DateTimeOffset.UtcNow,
            NotAfter = DateTimeOffset.UtcNow.AddMinutes(1),
        };
        var properties = new byte[512];
        await log.GetProducer(TopicNames.Command).AppendAsync(
            commandId.ToString(), JsonSerializer.SerializeToUtf8Bytes(command, ContractsJson.Default.VehicleCommand), "ALL", properties.AsMemory(0, Write()), Token);

        int Write()
        {
            var writer = new MessagePropertiesWriter(properties);
            writer.Add(MessagePropertyNames.OrderKind, "broadcast");
            writer.Add(MessagePropertyNames.MqttSecondTopic, "/all");
            writer.Add(MessagePropertyNames.CommandId, commandId.ToString());
            writer.Add(MessagePropertyNames.Attempt, 1);
            writer.Add(MessagePropertyNames.NotAfter, command.NotAfter.ToUnixTimeMilliseconds());
            return writer.Written.Length;
        }
    }
}
