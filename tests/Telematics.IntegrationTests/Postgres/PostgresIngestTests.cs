using System.Globalization;
using System.Text;
using MQTTnet;
using MQTTnet.Protocol;
using Telematics.IntegrationTests.Host;
using Xunit;

namespace Telematics.IntegrationTests.Postgres;

/// <summary>The whole way into PostgreSQL with what goes wrong.</summary>
public sealed class PostgresIngestTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PostgresKind.Plain)]
    [InlineData(PostgresKind.Timescale)]
    public async Task A_row_that_the_database_refuses_is_kept_as_rejected_and_everything_around_it_is_stored(PostgresKind kind)
    {
        await using var database = await PostgresTestDatabase.CreateAsync(kind);
        await using (var constraint = database.Database.DataSource.CreateCommand("ALTER TABLE telemetry ADD CONSTRAINT not_66 CHECK (speed <> 66)"))
        {
            await constraint.ExecuteNonQueryAsync(Cancel);
        }

        await using var host = new HostProcess($"--ConnectionStrings:Telematics={database.ConnectionString}");
        await host.StartAsync(Cancel);
        using var client = new MqttClientFactory().CreateMqttClient();
        await client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", host.MqttPort).WithClientId("poison").Build(), Cancel);
        var start = DateTime.UtcNow.AddHours(-1);
        const int count = 200;
        for (var i = 0; i < count; i++)
        {
            var speed = i is 50 or 120 ? 66 : 1;
            var time = start.AddSeconds(i).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
            var message = new MqttApplicationMessageBuilder()
                .WithTopic("telemetry/poison")
                .WithPayload(Encoding.UTF8.GetBytes($$"""{"time":"{{time}}","Vehicle.Speed":{{speed}}}"""))
                .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce)
                .Build();
            Assert.True((await client.PublishAsync(message, Cancel)).IsSuccess);
        }

        await host.Http.UntilAsync("api/v1/vehicles/poison/telemetry?limit=1000", page => page["items"]!.AsArray().Count == count - 2, Cancel, seconds: 60);
        var rejected = await host.Http.UntilAsync("api/v1/telemetry/rejected", page => page["items"]!.AsArray().Count == 2, Cancel);
        Assert.All(rejected["items"]!.AsArray(), item => Assert.Equal("refusedByDatabase", (string?)item!["reason"]));
    }
}
