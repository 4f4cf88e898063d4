using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Telematics.Contracts;
using Telematics.Ingest;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Model;
using Telematics.Tests.Storage;
using Xunit;

namespace Telematics.Tests.Ingest;

/// <summary>The registered services together, over the embedded log.</summary>
public sealed class IngestHostTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("telematics-host-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task What_was_reported_before_and_after_a_restart_is_stored_once()
    {
        for (var run = 0; run < 2; run++)
        {
            using var host = CreateHost();
            await host.StartAsync(Token);
            var log = host.Services.GetRequiredService<IMessageLog>();
            await log.DeclareTopicAsync(new TopicDeclaration(TopicNames.Telemetry), Token);
            for (var car = 0; car < 20; car++)
            {
                await ReportAsync(log, $"car-{car}", seq: run);
                await ReportAsync(log, $"car-{car}", seq: 0);
            }

            var status = host.Services.GetRequiredService<IngestStatus>();
            await ConsumerBench.UntilAsync(() => Task.FromResult(status.GetSnapshot() is { Messages: 40, LagMessages: 0 }));
            await StoreRegistryPositionAsync(host);
            await host.StopAsync(Token);
        }

        using var last = CreateHost();
        await last.StartAsync(Token);
        await using var db = last.Services.GetRequiredService<ITelematicsDatabase>().CreateReader();
        Assert.Equal(40, await db.Database.SqlQuery<int>($"SELECT count(*) AS \"Value\" FROM telemetry").SingleAsync(Token));
        Assert.Equal(20, await db.Vehicles.CountAsync(Token));
        await last.StopAsync(Token);
    }

    [Fact]
    public async Task A_database_that_belongs_to_another_log_is_refused_with_what_to_do()
    {
        using (var host = CreateHost())
        {
            await host.StartAsync(Token);
            await host.StopAsync(Token);
        }

        Directory.Delete(Path.Combine(_directory, "log"), recursive: true);
        using var other = CreateHost();
        var refused = await Assert.ThrowsAsync<StartupException>(() => other.StartAsync(Token));
        Assert.Contains("belongs to message log", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--data", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_offset_of_a_broker_that_is_not_used_is_refused_with_what_to_do()
    {
        using (var host = CreateHost())
        {
            await host.StartAsync(Token);
            await using (var session = await host.Services.GetRequiredService<ITelematicsDatabase>().BeginWriteAsync(Token))
            {
                session.Db.ConsumerOffsets.Add(new ConsumerOffset { Group = "ingest", Topic = TopicNames.Telemetry, Broker = "broker-b", NextOffset = 3, LastOffset = 2 });
                await session.Db.SaveChangesAsync(Token);
                await session.CommitAsync(Token);
            }

            await host.StopAsync(Token);
        }

        using var other = CreateHost();
        var refused = await Assert.ThrowsAsync<StartupException>(() => other.StartAsync(Token));
        Assert.Contains("telemetry@broker-b/0", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Telematics:Messaging:RocketMQ:Brokers", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_refused_with_what_to_do()
    {
        File.WriteAllText(Path.Combine(_directory, "file"), "");
        using var host = CreateHost(new() { ["Telematics:Storage:DataDirectory"] = Path.Combine(_directory, "file") });
        var refused = await Assert.ThrowsAsync<StartupException>(() => host.StartAsync(Token));
        Assert.Contains("telematics.db", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_string_is_refused_while_only_SQLite_is_there()
    {
        using var host = CreateHost(new() { ["ConnectionStrings:Telematics"] = "Host=localhost" });
        var refused = await Assert.ThrowsAsync<StartupException>(() => host.StartAsync(Token));
        Assert.Contains("ConnectionStrings:Telematics", refused.Message, StringComparison.Ordinal);
    }

    private static async Task ReportAsync(IMessageLog log, string vehicleId, long seq)
    {
        var buffer = new byte[256];
        await log.GetProducer(TopicNames.Telemetry).AppendAsync(
            vehicleId,
            Encoding.UTF8.GetBytes($$"""{"time":"2026-01-01T00:00:0{{seq}}Z","boot":1,"seq":{{seq}},"Vehicle.Speed":{{seq}}}"""),
            properties: Properties(),
            cancellationToken: Token);

        ReadOnlyMemory<byte> Properties()
        {
            var writer = new MessagePropertiesWriter(buffer);
            writer.Add(MessagePropertyNames.MqttSecondTopic, "/" + vehicleId);
            return writer.Written.ToArray();
        }
    }

    /// <summary>As Commands keeps it: a position that is none of the log's.</summary>
    private static async Task StoreRegistryPositionAsync(IHost host)
    {
        await using var session = await host.Services.GetRequiredService<ITelematicsDatabase>().BeginWriteAsync(Token);
        if (!await session.Db.ConsumerOffsets.AnyAsync(offset => offset.Broker == ConsumerOffset.DatabaseBroker, Token))
        {
            session.Db.ConsumerOffsets.Add(new ConsumerOffset { Group = "commands", Topic = "registry_change", Broker = ConsumerOffset.DatabaseBroker, NextOffset = 20, LastOffset = 20 });
            await session.Db.SaveChangesAsync(Token);
            await session.CommitAsync(Token);
        }
    }

    private IHost CreateHost(Dictionary<string, string?>? settings = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Telematics:Messaging:Embedded:Directory"] = Path.Combine(_directory, "log"),
            ["Telematics:Storage:DataDirectory"] = _directory,
            ["Telematics:Ingest:BatchIntervalMilliseconds"] = "0",
        });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddMetrics();
        builder.Services.AddEmbeddedMessageLog();
        builder.Services.AddTelematicsStorage();
        builder.Services.AddTelematicsIngest();
        return builder.Build();
    }
}
