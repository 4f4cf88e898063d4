using System.Net.Sockets;
using Telematics.Benchmarks.Gateway;
using Telematics.Contracts;
using Telematics.Gateway;
using Xunit;

namespace Telematics.IntegrationTests.Gateway;

/// <summary>Loops on epoll: how many connections they hold, and what happens when they are full.</summary>
public sealed class EpollLoopTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ten_thousand_cars_are_connected_at_once_and_each_is_answered()
    {
        const int cars = 10_000;
        await using var gateway = await RunningGateway.StartAsync(GatewayTransport.Epoll);
        using var fleet = new MeterFleet(gateway.Ports[0], cars, payload: 120);
        await fleet.ConnectAsync(Token);
        Assert.Equal(cars, gateway.Statistics.ConnectedVehicles);
        fleet.IsPublishing = true;
        await RunningGateway.EventuallyAsync(() => Task.FromResult(fleet.Acknowledged >= 2 * cars));
        fleet.IsPublishing = false;
        var stored = await gateway.ReadAsync(TopicNames.Telemetry);
        Assert.Equal(cars, stored.Select(message => message.Key).Distinct().Count());
        Assert.True(stored.Count >= fleet.Acknowledged, $"{fleet.Acknowledged} acknowledged, {stored.Count} stored");

        // Half of them go at once, by a reset, and come again.
        await fleet.ReconnectAsync(cars / 2, Token);
        await RunningGateway.EventuallyAsync(() => Task.FromResult(gateway.Statistics.Connections == cars));
        Assert.Empty(gateway.Lines.All);
    }

    [Fact]
    public async Task Loops_become_more_when_those_there_are_nearly_full()
    {
        const int cars = 70;
        await using var gateway = await StartAsync(maxConnections: 100);
        var clients = new List<RawClient>();
        for (var i = 0; i < cars; i++)
        {
            clients.Add(await ComeAsync(gateway, $"car-{i}"));
        }

        Assert.Equal(cars, gateway.Statistics.Connections);
        clients.ForEach(client => client.Dispose());
        await RunningGateway.EventuallyAsync(() => Task.FromResult(gateway.Statistics.Connections == 0));
    }

    [Fact]
    public async Task A_full_loop_refuses_until_it_has_room_again()
    {
        await using var gateway = await StartAsync(maxConnections: 20);
        var clients = new List<RawClient>();
        for (var i = 0; i < 20; i++)
        {
            clients.Add(await ComeAsync(gateway, $"car-{i}"));
        }

        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            // It leaves its port at the end of the turn in which it is full.
            for (var i = 0; i < 100; i++)
            {
                using var refused = await RawClient.ConnectAsync(gateway);
                await Task.Delay(20, Token);
            }
        });
        Assert.Equal(20, gateway.Statistics.Connections);
        clients[0].Dispose();
        clients[1].Dispose();
        using var next = await ComeAsync(gateway, "next");
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task A_port_in_use_is_a_fault_of_the_start_that_names_it()
    {
        using var other = new TcpListener(System.Net.IPAddress.Loopback, 0);
        other.Start();
        var port = ((System.Net.IPEndPoint)other.LocalEndpoint).Port;
        var fault = await Assert.ThrowsAsync<StartupException>(() =>
            RunningGateway.StartAsync(GatewayTransport.Epoll, new() { ["Telematics:Gateway:Port"] = $"{port}" }));
        Assert.Contains($"127.0.0.1:{port}", fault.Message, StringComparison.Ordinal);
    }

    private static Task<RunningGateway> StartAsync(int maxConnections) => RunningGateway.StartAsync(GatewayTransport.Epoll, new()
    {
        ["Telematics:Gateway:Loops"] = "1",
        ["Telematics:Gateway:MaxConnectionsPerLoop"] = "20",
        ["Telematics:Gateway:MaxConnections"] = $"{maxConnections}",
    });

    // As a car does: while a loop is added the port may be closed for a moment.
    private static async Task<RawClient> ComeAsync(RunningGateway gateway, string car)
    {
        for (var attempt = 0; ; attempt++)
        {
            RawClient? client = null;
            try
            {
                client = await RawClient.ConnectAsync(gateway);
                await client.SendAsync(RawClient.Connect(car));
                await client.ExpectAsync(RawClient.Connack);
                return client;
            }
            catch (SocketException) when (attempt < 200)
            {
                client?.Dispose();
                await Task.Delay(20, Token);
            }
        }
    }
}
