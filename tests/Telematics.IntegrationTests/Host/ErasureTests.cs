using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MQTTnet.Exceptions;
using Telematics.Storage;
using Telematics.Storage.Sqlite;
using Telematics.Tests.Storage.Erasures;
using Xunit;

namespace Telematics.IntegrationTests.Host;

/// <summary>A car is erased while it reports, through the real process.</summary>
public sealed class ErasureTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_car_that_is_erased_while_it_sends_leaves_no_row_and_what_it_sends_later_is_counted_and_not_kept()
    {
        await using var host = new HostProcess();
        await host.StartAsync(Cancel);
        await using var car = new MqttCar("car-1", host.MqttPort);
        await using var other = new MqttCar("car-2", host.MqttPort);
        await car.ConnectAsync(Cancel);
        await other.ConnectAsync(Cancel);
        Assert.True(await car.ReportAsync(null, Cancel));
        Assert.True(await other.ReportAsync(null, Cancel));
        await car.PublishAsync("telemetry/car-1", "{", Cancel);
        foreach (var id in new[] { "car-1", "car-2" })
        {
            await host.Http.UntilAsync($"api/v1/vehicles/{id}/telemetry", answer => answer["items"]!.AsArray().Count == 1, Cancel);
        }

        await host.Http.UntilAsync("api/v1/telemetry/rejected", answer => answer["items"]!.AsArray().Count == 1, Cancel);
        var alone = await host.Http.OrderAsync("locate", ApiCalls.Vehicles("car-1"), Cancel);
        var both = await host.Http.OrderAsync("locate", ApiCalls.Vehicles("car-1", "car-2"), Cancel);
        await car.AnswerAsync(car.TakeOrder(Cancel), "succeeded", Cancel);
        await host.Http.UntilAsync($"api/v1/commands/{alone["id"]}", answer => (int?)answer["counts"]!["succeeded"] == 1, Cancel);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var sending = SendAsync(car, stop.Token);
        using var asked = await host.Http.PostAsync(new Uri("api/v1/vehicles/car-1/erase", UriKind.Relative), null, Cancel);
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        var erasure = JsonNode.Parse(await asked.Content.ReadAsStringAsync(Cancel))!;
        Assert.InRange(DateTime.Parse((string)erasure["logCopiesUntil"]!, System.Globalization.CultureInfo.InvariantCulture).ToUniversalTime(), DateTime.UtcNow.AddDays(3), DateTime.UtcNow.AddDays(4));

        // Without credentials it comes back again and again, and is refused.
        await UntilRefusedAsync(host);
        await stop.CancelAsync();
        await sending;
        Assert.DoesNotContain((await host.Http.GetJsonAsync("api/v1/telemetry/rejected", Cancel))["items"]!.AsArray(), item => (long?)item!["storedAt"]?.GetValue<DateTime>().Ticks > ((DateTime)erasure["requestedAt"]!).Ticks);
        await host.InterruptAsync(Cancel);

        // Whoever schedules the task, it may be ended and gone on with; here the rest is done over the file.
        await using var database = new SqliteDatabase(Microsoft.Extensions.Options.Options.Create(new StorageOptions { DataDirectory = host.DataDirectory }));
        await using var bench = new ErasureBench(database, new SqliteTelemetryStore(database));
        await bench.RunAsync(batchRows: 1_000);
        var done = (await bench.Erasures.GetAsync(Guid.Parse((string)erasure["id"]!), Cancel))!;
        Assert.Equal(Telematics.Storage.Model.ErasureState.Completed, done.State);
        Assert.True(done.TelemetryRows >= 1 && done.RejectedRows == 1 && done.CommandRows > 3, $"{done.TelemetryRows} {done.RejectedRows} {done.CommandRows}");
        Assert.Empty(await bench.RowsOfAsync("car-1", done.VehicleKey));
        await using var db = database.CreateReader();
        var left = Assert.Single(db.Commands.ToList());
        Assert.Equal(((string?)both["id"], """{"vehicleIds":["car-2"]}"""), (left.Id.ToString(), left.Target));
        Assert.Single(await bench.StatesAsync());
    }

    private static async Task SendAsync(MqttCar car, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (!car.IsConnected)
                {
                    await car.ConnectAsync(cancellationToken);
                }

                await car.ReportAsync(null, cancellationToken);
                await Task.Delay(5, cancellationToken);
            }
            catch (Exception exception) when (exception is MqttCommunicationException or MqttClientDisconnectedException or OperationCanceledException or InvalidOperationException)
            {
                // Its connection was closed, or the test is over.
            }
        }
    }

    private static async Task UntilRefusedAsync(HostProcess host)
    {
        for (var end = Environment.TickCount64 + 60_000; ; await Task.Delay(200, Cancel))
        {
            var metrics = await host.Http.GetStringAsync(new Uri("metrics", UriKind.Relative), Cancel);
            var refused = Regex.Match(metrics, """^telematics_ingest_rejected[^\n]*reason="vehicleDeleted"[^\n]*\} (\d+)""", RegexOptions.Multiline);
            if (refused.Success && int.Parse(refused.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) > 5)
            {
                return;
            }

            Assert.True(Environment.TickCount64 < end, $"Nothing was refused:\n{string.Join('\n', metrics.Split('\n').Where(line => line.Contains("rejected", StringComparison.Ordinal)))}\n{host.Output}");
        }
    }
}
