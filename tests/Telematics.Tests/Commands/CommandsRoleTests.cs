using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Telematics.Commands;
using Telematics.Commands.Operations;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Contracts.Presence;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Model;
using Telematics.Storage.Registry;
using Xunit;

namespace Telematics.Tests.Commands;

/// <summary>The role as the Host runs it: its services, the embedded log, the database file. The gateway is the test.</summary>
public sealed class CommandsRoleTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_order_and_a_broadcast_go_the_whole_way_over_log_and_database_and_a_restart_continues()
    {
        var directory = Directory.CreateTempSubdirectory("telematics-commands-").FullName;
        try
        {
            Guid waiting;
            using (var host = await StartAsync(directory))
            {
                await RegisterAsync(host, "car-1", "car-2");
                await ConnectAsync(host, "car-1");
                var directed = await OrderAsync(host, new CommandTarget(false, ["car-1"]));
                Assert.Equal(directed.ToString(), (await ReadOrderAsync(host, GatewayOrderKind.Directed, directed)).CommandId);
                await AnswerAsync(host, "car-1", directed);
                Assert.Equal(1, (await CompletedAsync(host, directed)).Counts.Succeeded);
                waiting = await OrderAsync(host, new CommandTarget(true, null));
                await ReadOrderAsync(host, GatewayOrderKind.Broadcast, waiting);
                await AnswerAsync(host, "car-1", waiting);
                await host.StopAsync(Token);
            }

            using (var host = await StartAsync(directory))
            {
                // It was away during the broadcast, and our restart.
                await ConnectAsync(host, "car-2");
                var (_, key) = await ReadOrderAsync(host, GatewayOrderKind.Directed, waiting);
                Assert.Equal("car-2", key);
                await AnswerAsync(host, "car-2", waiting);
                Assert.Equal(2, (await CompletedAsync(host, waiting)).Counts.Succeeded);
                await host.Services.GetRequiredService<VehicleRegistry>().DeleteAsync("car-2", "test", Token);
                Assert.Equal("car-2", (await ReadOrderAsync(host, GatewayOrderKind.CloseChannel, null)).Key);
                await host.StopAsync(Token);
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Wrong_options_are_reported_at_start_with_option_limit_and_value()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Telematics:Commands:MaxAttempts"] = "0", ["Telematics:Commands:PageSize"] = "9" });
        builder.Services.AddTelematicsCommandOperations();
        using var host = builder.Build();
        var refused = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => host.StartAsync(Token));
        Assert.Equal(2, refused.Failures.Count());
        Assert.Contains("MaxAttempts", refused.Message, StringComparison.Ordinal);
        Assert.Contains("PageSize", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<IHost> StartAsync(string directory)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Telematics:Storage:DataDirectory"] = directory,
            ["Telematics:Messaging:Embedded:Directory"] = Path.Combine(directory, "log"),
        });
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.None));
        builder.Services.AddEmbeddedMessageLog().AddTelematicsStorage().AddTelematicsCommands();
        var host = builder.Build();
        await host.StartAsync(Token);
        return host;
    }

    private static async Task RegisterAsync(IHost host, params string[] vehicles)
    {
        foreach (var vehicle in vehicles)
        {
            await host.Services.GetRequiredService<VehicleRegistry>().PutAsync(vehicle, new(), "test", Token);
        }
    }

    private static async Task ConnectAsync(IHost host, string vehicle) => await Producer(host, TopicNames.VehicleEvent).AppendAsync(
        vehicle,
        JsonSerializer.SerializeToUtf8Bytes(
            new VehicleEvent { EventType = VehicleEventType.Connect, Instance = "gw-test", ClientId = vehicle, ChannelId = $"ch-{Guid.NewGuid():N}", IsVehicle = true, Time = 0 },
            ContractsJson.Default.VehicleEvent),
        cancellationToken: Token);

    private static async Task<Guid> OrderAsync(IHost host, CommandTarget target)
    {
        var operations = host.Services.GetRequiredService<CommandOperations>();

        // The connect event is consumed when it is; an order in the meantime waits for it.
        var outcome = await operations.CreateAsync(new CommandOrder { Type = "locate", Target = target, TtlSeconds = 600, Actor = "test" }, Token);
        return Assert.IsType<CommandOrderOutcome.Created>(outcome).Command.Id;
    }

    private static async Task AnswerAsync(IHost host, string vehicle, Guid command)
    {
        var buffer = new byte[256];
        var properties = new MessagePropertiesWriter(buffer);
        properties.Add(MessagePropertyNames.MqttSecondTopic, $"/{vehicle}");
        var written = properties.Written.ToArray();
        await Producer(host, TopicNames.CommandResult).AppendAsync(
            vehicle,
            JsonSerializer.SerializeToUtf8Bytes(new VehicleCommandResult { CommandId = command, State = VehicleCommandState.Succeeded }, ContractsJson.Default.VehicleCommandResult),
            properties: written,
            cancellationToken: Token);
    }

    private static async Task<CommandView> CompletedAsync(IHost host, Guid command)
    {
        while (true)
        {
            var view = (await host.Services.GetRequiredService<CommandOperations>().GetAsync(command, Token))!;
            if (view.State == CommandState.Completed)
            {
                return view;
            }

            await Task.Delay(10, Token);
        }
    }

    /// <summary>Reads the command topic until the wanted order is there.</summary>
    private static async Task<(string? CommandId, string Key)> ReadOrderAsync(IHost host, GatewayOrderKind kind, Guid? command)
    {
        var log = host.Services.GetRequiredService<IMessageLog>();
        while (true)
        {
            foreach (var queue in log.GetQueues(TopicNames.Command))
            {
                await using var reader = log.OpenReader(queue, TagFilter.All);
                var result = await reader.ReadAsync(0, 1_000, 1 << 20, TimeSpan.Zero, Token);
                using var batch = result.Batch;
                for (var i = 0; i < (batch?.Count ?? 0); i++)
                {
                    var properties = batch![i].Properties;
                    var id = properties.GetString(MessagePropertyNames.CommandId);
                    if (Enum.Parse<GatewayOrderKind>(properties.GetString(MessagePropertyNames.OrderKind)!, ignoreCase: true) == kind
                        && (command is null || id == command.ToString()))
                    {
                        return (id, System.Text.Encoding.UTF8.GetString(batch[i].Key));
                    }
                }
            }

            await Task.Delay(10, Token);
        }
    }

    private static IMessageProducer Producer(IHost host, string topic) => host.Services.GetRequiredService<IMessageLog>().GetProducer(topic);
}
