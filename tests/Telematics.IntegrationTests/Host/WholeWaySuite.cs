using System.Net;
using System.Text.Json.Nodes;
using MQTTnet;
using MQTTnet.Formatter;
using Xunit;

namespace Telematics.IntegrationTests.Host;

/// <summary>Cars report, supervisors see and command: through the real process, with somebody else's MQTT client.</summary>
public abstract class WholeWaySuite
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A host, not started, that owns its database.</summary>
    private protected abstract ValueTask<HostProcess> CreateHostAsync(params string[] settings);

    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public async Task A_car_reports_is_seen_is_commanded_and_answers(MqttProtocolVersion version)
    {
        await using var host = await CreateHostAsync();
        await host.StartAsync(Cancel);
        await using var car = new MqttCar("car-1", host.MqttPort, version);
        await car.ConnectAsync(Cancel);
        Assert.True(await car.ReportAsync(null, Cancel));

        // Seen live, in the history and as online.
        var latest = await host.Http.UntilAsync("api/v1/telemetry/latest?vehicleIds=car-1", answer => answer["items"]!.AsArray().Count == 1, Cancel);
        Assert.Contains("\"Vehicle.Speed\":1", latest.ToJsonString(), StringComparison.Ordinal);
        var history = await host.Http.UntilAsync("api/v1/vehicles/car-1/telemetry", answer => answer["items"]!.AsArray().Count == 1, Cancel);
        Assert.Contains("\"Vehicle.CurrentLocation.Latitude\":31.23", history.ToJsonString(), StringComparison.Ordinal);
        await host.Http.UntilAsync("api/v1/vehicles/car-1", answer => (string?)answer["connection"] == "online", Cancel);

        // Commanded, and followed to the end.
        var command = await host.Http.OrderAsync("locate", ApiCalls.Vehicles("car-1"), Cancel);
        var order = car.TakeOrder(Cancel);
        Assert.Equal((string?)command["id"], (string?)order["commandId"]);
        Assert.Equal("locate", (string?)order["type"]);
        await host.Http.UntilAsync($"api/v1/commands/{command["id"]}", answer => (int?)answer["counts"]!["delivered"] == 1, Cancel);
        await car.AnswerAsync(order, "accepted", Cancel);
        await car.AnswerAsync(order, "succeeded", Cancel);
        var ended = await host.Http.UntilAsync($"api/v1/commands/{command["id"]}", answer => (string?)answer["state"] == "completed", Cancel);
        Assert.Equal(1, (int?)ended["counts"]!["succeeded"]);

        await car.DisconnectAsync(Cancel);
        await host.Http.UntilAsync("api/v1/vehicles/car-1", answer => (string?)answer["connection"] == "offline", Cancel);
    }

    [Fact]
    public async Task A_car_that_is_offline_during_a_command_gets_it_on_return()
    {
        await using var host = await CreateHostAsync();
        await host.StartAsync(Cancel);
        using var put = await host.Http.PutAsync(new Uri("api/v1/vehicles/car-1", UriKind.Relative), new StringContent("{}", null, "application/json"), Cancel);
        Assert.True(put.IsSuccessStatusCode);
        var command = await host.Http.OrderAsync("locate", ApiCalls.Vehicles("car-1"), Cancel);

        await using var car = new MqttCar("car-1", host.MqttPort);
        await car.ConnectAsync(Cancel);
        var order = car.TakeOrder(Cancel);
        Assert.Equal((string?)command["id"], (string?)order["commandId"]);
        await car.AnswerAsync(order, "succeeded", Cancel);
        await host.Http.UntilAsync($"api/v1/commands/{command["id"]}", answer => (int?)answer["counts"]!["succeeded"] == 1, Cancel);
    }

    [Fact]
    public async Task A_deleted_car_that_is_connected_and_reporting_is_out_within_2_seconds_and_nothing_of_it_is_written_afterwards()
    {
        await using var host = await CreateHostAsync();
        await host.StartAsync(Cancel);
        await using var car = new MqttCar("car-1", host.MqttPort);
        await car.ConnectAsync(Cancel);
        Assert.True(await car.ReportAsync(null, Cancel));
        await host.Http.UntilAsync("api/v1/vehicles/car-1/telemetry", answer => answer["items"]!.AsArray().Count == 1, Cancel);

        using var deleted = await host.Http.DeleteAsync(new Uri("api/v1/vehicles/car-1", UriKind.Relative), Cancel);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        var end = Environment.TickCount64 + 2_000;
        while (car.IsConnected && Environment.TickCount64 < end)
        {
            await Task.Delay(20, Cancel);
        }

        Assert.False(car.IsConnected, $"The car is still connected 2 s after it was deleted.\n{host.Output}");

        // Without credentials it may come back, but what it reports is kept out, where the operator sees it.
        await car.ConnectAsync(Cancel);
        Assert.True(await car.ReportAsync(null, Cancel));
        var rejected = await host.Http.UntilAsync("api/v1/telemetry/rejected", answer => answer["items"]!.AsArray().Count == 1, Cancel);
        Assert.Equal("vehicleDeleted", (string?)rejected["items"]![0]!["reason"]);
        using var gone = await host.Http.GetAsync(new Uri("api/v1/vehicles/car-1", UriKind.Relative), Cancel);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task What_cannot_be_decoded_is_acknowledged_and_kept_as_rejected()
    {
        await using var host = await CreateHostAsync();
        await host.StartAsync(Cancel);
        await using var car = new MqttCar("car-1", host.MqttPort);
        await car.ConnectAsync(Cancel);
        Assert.True((await car.PublishAsync("telemetry/car-1", "not telemetry", Cancel)).IsSuccess);
        Assert.True((await car.PublishAsync("telemetry/car-1", "", Cancel)).IsSuccess);
        var rejected = await host.Http.UntilAsync("api/v1/telemetry/rejected", answer => answer["items"]!.AsArray().Count == 2, Cancel);
        Assert.All(rejected["items"]!.AsArray(), item => Assert.Equal("undecodable", (string?)item!["reason"]));
        Assert.All(rejected["items"]!.AsArray(), item => Assert.Equal("car-1", (string?)item!["clientId"]));
    }

    [Fact]
    public async Task A_car_logs_in_with_its_own_secret_only_and_revoking_it_ends_the_connection()
    {
        await using var host = await CreateHostAsync("--Telematics:Gateway:Authentication=Credential");
        await host.StartAsync(Cancel);
        foreach (var id in new[] { "car-1", "car-2" })
        {
            using var put = await host.Http.PutAsync(new Uri($"api/v1/vehicles/{id}", UriKind.Relative), new StringContent("{}", null, "application/json"), Cancel);
            Assert.True(put.IsSuccessStatusCode);
        }

        using var issued = await host.Http.PostAsync(new Uri("api/v1/vehicles/car-1/credentials", UriKind.Relative), null, Cancel);
        var secret = (string)JsonNode.Parse(await issued.Content.ReadAsStringAsync(Cancel))!["secret"]!;

        await using var impostor = new MqttCar("car-2", host.MqttPort, password: secret);
        Assert.Equal(MqttClientConnectResultCode.BadUserNameOrPassword, await impostor.ConnectAsync(Cancel));

        await using var car = new MqttCar("car-1", host.MqttPort, password: secret);
        await car.ConnectAsync(Cancel);
        Assert.True(await car.ReportAsync(null, Cancel));
        Assert.False((await car.PublishAsync("telemetry/car-2", "{}", Cancel)).IsSuccess);

        using var revoked = await host.Http.DeleteAsync(new Uri("api/v1/vehicles/car-1/credentials", UriKind.Relative), Cancel);
        Assert.True(revoked.IsSuccessStatusCode);
        var end = Environment.TickCount64 + 2_000;
        while (car.IsConnected && Environment.TickCount64 < end)
        {
            await Task.Delay(20, Cancel);
        }

        Assert.False(car.IsConnected);
        await using var again = new MqttCar("car-1", host.MqttPort, password: secret);
        Assert.Equal(MqttClientConnectResultCode.BadUserNameOrPassword, await again.ConnectAsync(Cancel));
    }
}
