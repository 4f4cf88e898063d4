using System.Net;
using System.Net.Sockets;
using Telematics.Contracts;
using Telematics.Contracts.Presence;
using Telematics.Gateway;
using Telematics.Mqtt.Sockets;
using Telematics.Simulator.Meters;
using Xunit;

namespace Telematics.IntegrationTests.Gateway;

/// <summary>Loops on epoll: how many connections they hold, what happens when they are full, and when they cannot listen.</summary>
public sealed class EpollLoopTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public EpollLoopTests() => Assert.SkipUnless(SocketLoop.IsSupported, "The socket loop needs Linux.");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ten_thousand_cars_are_connected_at_once_each_is_answered_and_nothing_is_left_of_them()
    {
        const int cars = 10_000;
        await using var gateway = await RunningGateway.StartAsync(GatewayTransport.Epoll);
        Assert.All(gateway.Gauges, gauge => Assert.Equal(0, gauge.Value));
        long acknowledged;
        await using (var meter = new Meter(new MeterOptions { Port = gateway.Ports[0], Connections = cars, ConnectRate = 0 }, TimeProvider.System))
        {
            await meter.StartAsync(Token);
            await meter.WaitForConnectsAsync(cars, Token).WaitAsync(Patience, Token);
            Assert.Equal((cars, 0, null), (meter.Connected, meter.Failed, meter.LastFailure));
            Assert.Equal(cars, gateway.Statistics.ConnectedVehicles);
            Assert.Equal(cars, gateway.Gauges["telematics.gateway.sessions"]);

            // Half of them go at once, by a reset, and come again.
            var again = meter.Reconnect(cars / 2);
            await meter.WaitForConnectsAsync(cars + again, Token).WaitAsync(Patience, Token);
            await RunningGateway.EventuallyAsync(() => Task.FromResult(gateway.Statistics.Connections == cars));

            meter.Publish();
            await RunningGateway.EventuallyAsync(() => Task.FromResult(meter.Acknowledged >= 2 * cars));
            Assert.Equal((cars, 0, 0, null), (meter.Connected, meter.Failed, meter.Refused, meter.LastFailure));
            acknowledged = meter.Acknowledged;
        }

        await RunningGateway.EventuallyAsync(() => Task.FromResult(gateway.Gauges.Values.All(value => value == 0)));
        var stored = await gateway.ReadAsync(TopicNames.Telemetry);
        Assert.Equal(cars, stored.Select(message => message.Key).Distinct().Count());
        Assert.True(stored.Count >= acknowledged, $"{acknowledged} acknowledged, {stored.Count} stored");
        var events = await gateway.ReadEventsAsync();
        Assert.Equal(
            events.Where(e => e.EventType == VehicleEventType.Connect).Select(e => e.ChannelId).Order(StringComparer.Ordinal),
            events.Where(e => e.EventType == VehicleEventType.TcpClean).Select(e => e.ChannelId).Order(StringComparer.Ordinal));
        Assert.Empty(gateway.Lines.All);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public async Task Loops_become_more_when_those_there_are_nearly_full_and_each_serves_its_connections(int gatherMilliseconds)
    {
        const int cars = 70;
        await using var gateway = await StartAsync(maxConnections: 100, gatherMilliseconds);
        var clients = new List<RawClient>();
        for (var i = 0; i < cars; i++)
        {
            clients.Add(await ComeAsync(gateway, $"car-{i}"));
        }

        Assert.Equal(cars, gateway.Statistics.Connections); // of at most 20 on a loop
        for (var i = 0; i < cars; i++)
        {
            await clients[i].SendAsync(RawClient.Publish($"telemetry/car-{i}", 1, "x"));
            await clients[i].ExpectAsync(RawClient.Puback(1));
        }

        Assert.Equal(cars, (await gateway.ReadAsync(TopicNames.Telemetry)).Select(message => message.Key).Distinct().Count());
        clients.ForEach(client => client.Dispose());
        await RunningGateway.EventuallyAsync(() => Task.FromResult(gateway.Gauges.Values.All(value => value == 0)));
        using var next = await ComeAsync(gateway, "next");
        Assert.Empty(gateway.Lines.All);
    }

    [Fact]
    public async Task A_full_loop_leaves_its_port_until_it_has_room_again()
    {
        await using var gateway = await StartAsync(maxConnections: 20);
        var clients = new List<RawClient>();
        for (var i = 0; i < 20; i++)
        {
            clients.Add(await ComeAsync(gateway, $"car-{i}"));
        }

        await RunningGateway.EventuallyAsync(async () =>
        {
            try
            {
                using var refused = await RawClient.ConnectAsync(gateway);
                return false; // it leaves at the end of the turn in which it is full
            }
            catch (SocketException exception)
            {
                return exception.SocketErrorCode == SocketError.ConnectionRefused;
            }
        });
        Assert.Equal(20, gateway.Statistics.Connections);
        await clients[19].SendAsync(RawClient.Pingreq);
        await clients[19].ExpectAsync(RawClient.Pingresp);

        clients[0].Dispose();
        clients[1].Dispose();
        using var next = await ComeAsync(gateway, "next");
        Assert.Equal(19, gateway.Statistics.Connections);
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task A_port_in_use_is_a_fault_of_the_start_that_names_it()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        var fault = await Assert.ThrowsAsync<StartupException>(() =>
            RunningGateway.StartAsync(GatewayTransport.Epoll, new() { ["Telematics:Gateway:Port"] = $"{port}" }));
        Assert.Contains($"127.0.0.1:{port}", fault.Message, StringComparison.Ordinal);
    }

    private static Task<RunningGateway> StartAsync(int maxConnections, int gatherMilliseconds = 0) => RunningGateway.StartAsync(GatewayTransport.Epoll, new()
    {
        ["Telematics:Gateway:Loops"] = "1",
        ["Telematics:Gateway:MaxConnectionsPerLoop"] = "20",
        ["Telematics:Gateway:MaxConnections"] = $"{maxConnections}",
        ["Telematics:Gateway:GatherMilliseconds"] = $"{gatherMilliseconds}",
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
