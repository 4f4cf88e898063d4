using System.Text.Json.Nodes;
using MQTTnet;
using Telematics.IntegrationTests.Host;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>A gateway alone keeps nothing, and so holds on to nothing: connections to the database are counted in the server.</summary>
[Collection(DistributedSystem.Name)]
public sealed class LoneGatewayTests(DistributedSystem system) : IAsyncLifetime
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await system.StartAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task It_opens_no_database_without_log_ins_and_one_connection_with_them()
    {
        var (open, api) = (system.Gateways[0], system.Apis[0]);
        await using var closed = system.Add("gateway", "--Telematics:Gateway:Authentication=Credential");
        await closed.StartAsync(Cancel);

        using var put = await api.Http.PutAsync(new Uri("api/v1/vehicles/car-1", UriKind.Relative), new StringContent("{}", null, "application/json"), Cancel);
        Assert.True(put.IsSuccessStatusCode);
        using var issued = await api.Http.PostAsync(new Uri("api/v1/vehicles/car-1/credentials", UriKind.Relative), null, Cancel);
        var secret = (string)JsonNode.Parse(await issued.Content.ReadAsStringAsync(Cancel))!["secret"]!;

        await using var free = new MqttCar("car-2", open.MqttPort);
        Assert.Equal(MqttClientConnectResultCode.Success, await free.ConnectAsync(Cancel));
        await using var impostor = new MqttCar("car-1", closed.MqttPort, password: "wrong");
        Assert.Equal(MqttClientConnectResultCode.BadUserNameOrPassword, await impostor.ConnectAsync(Cancel));
        await using var car = new MqttCar("car-1", closed.MqttPort, password: secret);
        Assert.Equal(MqttClientConnectResultCode.Success, await car.ConnectAsync(Cancel));
        Assert.True(await car.ReportAsync(null, Cancel));

        long most = 0;
        for (var look = 0; look < 40; look++)
        {
            Assert.Equal(0, await system.CountConnectionsAsync(open));
            most = Math.Max(most, await system.CountConnectionsAsync(closed));
            await Task.Delay(50, Cancel);
        }

        Assert.Equal(1, most);
        Assert.False(Directory.EnumerateFileSystemEntries(open.DataDirectory).Any());

        // Revoked at the api, out at the gateway within a second or two; and nobody else's process had to tell it.
        using var revoked = await api.Http.DeleteAsync(new Uri("api/v1/vehicles/car-1/credentials", UriKind.Relative), Cancel);
        Assert.True(revoked.IsSuccessStatusCode);
        await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
        await using var again = new MqttCar("car-1", closed.MqttPort, password: secret);
        Assert.Equal(MqttClientConnectResultCode.BadUserNameOrPassword, await again.ConnectAsync(Cancel));
    }
}
