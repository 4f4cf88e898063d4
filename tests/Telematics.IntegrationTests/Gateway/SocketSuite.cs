using System.Text;
using Telematics.Contracts;
using Telematics.Contracts.Presence;
using Telematics.Gateway;
using Xunit;

namespace Telematics.IntegrationTests.Gateway;

/// <summary>What sockets do to packets: how they arrive, how they end, and what happens when nobody reads.</summary>
public abstract class SocketSuite
{
    private protected abstract GatewayTransport Transport { get; }

    [Fact]
    public async Task Packets_may_come_byte_by_byte()
    {
        await using var gateway = await StartAsync();
        using var client = await RawClient.ConnectAsync(gateway);
        foreach (var one in (byte[])[.. RawClient.Connect("car-1"), .. RawClient.Publish("telemetry/car-1", 7, "drip"), .. RawClient.Pingreq])
        {
            await client.SendAsync([one]);
        }

        await client.ExpectAsync(RawClient.Connack);
        await ExpectInAnyOrderAsync(client, RawClient.Puback(7), RawClient.Pingresp);
        Assert.Equal("drip", Encoding.UTF8.GetString(Assert.Single(await gateway.ReadAsync(TopicNames.Telemetry)).Body));
    }

    [Fact]
    public async Task A_large_packet_may_come_in_many_small_pieces()
    {
        await using var gateway = await StartAsync(new() { ["Telematics:Gateway:MaxPacketSize"] = "262144" });
        using var client = await RawClient.ConnectAsync(gateway);
        await client.SendAsync(RawClient.Connect("car-1"));
        await client.ExpectAsync(RawClient.Connack);
        var payload = string.Concat(Enumerable.Range(0, 50_000).Select(i => $"{i:D5}"));
        var packet = RawClient.Publish("telemetry/car-1", 7, payload);
        foreach (var piece in packet.Chunk(300))
        {
            await client.SendAsync(piece);
        }

        await client.ExpectAsync(RawClient.Puback(7));
        Assert.Equal(payload, Encoding.UTF8.GetString(Assert.Single(await gateway.ReadAsync(TopicNames.Telemetry)).Body));
    }

    [Fact]
    public async Task Packets_may_come_all_at_once()
    {
        await using var gateway = await StartAsync();
        using var client = await RawClient.ConnectAsync(gateway);
        var publishes = Enumerable.Range(1, 200).Select(i => RawClient.Publish("telemetry/car-1", (ushort)i, $"{i}")).ToList();
        await client.SendAsync([.. RawClient.Connect("car-1"), .. publishes.SelectMany(packet => packet)]);
        await client.ExpectAsync([.. RawClient.Connack, .. Enumerable.Range(1, 200).SelectMany(i => RawClient.Puback((ushort)i))]);
        Assert.Equal(Enumerable.Range(1, 200).Select(i => $"{i}"), (await gateway.ReadAsync(TopicNames.Telemetry)).Select(message => Encoding.UTF8.GetString(message.Body)));
    }

    [Fact]
    public async Task Packets_may_be_cut_at_every_place()
    {
        await using var gateway = await StartAsync();
        var length = Stream("car-0").Length;
        await Parallel.ForEachAsync(Enumerable.Range(1, length - 1), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Token }, async (cut, token) =>
        {
            using var client = await RawClient.ConnectAsync(gateway);
            var bytes = Stream($"car-{cut}");
            await client.SendAsync(bytes[..cut]);
            await Task.Delay(20, token);
            await client.SendAsync(bytes[cut..]);
            await client.ExpectAsync(RawClient.Connack);
            await ExpectInAnyOrderAsync(client, RawClient.Puback(1), RawClient.Pingresp);
        });
        Assert.Equal(length - 1, (await gateway.ReadAsync(TopicNames.Telemetry)).Select(message => message.Key).Distinct().Count());

        static byte[] Stream(string car) => [.. RawClient.Connect(car), .. RawClient.Publish($"telemetry/{car}", 1, "x"), .. RawClient.Pingreq];
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_closed_when_it_has_too_many_bytes_waiting()
    {
        await using var gateway = await StartAsync(new() { ["Telematics:Gateway:MaxUnsentBytes"] = "131072" });
        using var reader = await RawClient.ConnectAsync(gateway, receiveBuffer: 4_096);
        await reader.SendAsync([.. RawClient.Connect("reader"), .. RawClient.Subscribe(1, "chat/#")]);
        await reader.ExpectAsync([.. RawClient.Connack, 0x90, 3, 0, 1, 0]);
        using var writer = await RawClient.ConnectAsync(gateway);
        await writer.SendAsync(RawClient.Connect("writer"));
        await writer.ExpectAsync(RawClient.Connack);
        for (var i = 1; gateway.Statistics.Connections == 2 && i < 1_000; i++)
        {
            await writer.SendAsync(RawClient.Publish("chat/a", (ushort)i, new string('x', 60_000)));
            await writer.ExpectAsync(RawClient.Puback((ushort)i));
        }

        await EndedAsync(gateway, "reader", "slowReader");
        Assert.Equal(1, gateway.Statistics.Connections);
        await writer.SendAsync(RawClient.Pingreq);
        await writer.ExpectAsync(RawClient.Pingresp);
    }

    [Fact]
    public async Task A_reset_in_the_middle_of_a_packet_ends_the_connection_and_nothing_of_the_packet_is_stored()
    {
        await using var gateway = await StartAsync();
        using var client = await RawClient.ConnectAsync(gateway);
        await client.SendAsync(RawClient.Connect("car-1"));
        await client.ExpectAsync(RawClient.Connack);
        await client.SendAsync(RawClient.Publish("telemetry/car-1", 1, new string('x', 10_000))[..5_000]);
        await Task.Delay(50, Token);
        client.Reset();
        await EndedAsync(gateway, "car-1", "peerClosed");
        Assert.Empty(await gateway.ReadAsync(TopicNames.Telemetry));
        Assert.Empty(gateway.Lines.All);
    }

    [Fact]
    public async Task A_client_that_ends_its_half_is_closed()
    {
        await using var gateway = await StartAsync();
        using var client = await RawClient.ConnectAsync(gateway);
        await client.SendAsync([.. RawClient.Connect("car-1"), .. RawClient.Publish("telemetry/car-1", 1, "last")]);
        await client.ExpectAsync([.. RawClient.Connack, .. RawClient.Puback(1)]);
        client.EndSending();
        Assert.Empty(await client.ReadToEndAsync());
        await EndedAsync(gateway, "car-1", "peerClosed");
    }

    [Fact]
    public async Task Who_never_sends_CONNECT_is_closed_after_a_while()
    {
        await using var gateway = await StartAsync(new() { ["Telematics:Gateway:ConnectTimeoutSeconds"] = "1" });
        using var silent = await RawClient.ConnectAsync(gateway);
        using var half = await RawClient.ConnectAsync(gateway);
        await half.SendAsync(RawClient.Connect("car-1")[..5]);
        Assert.Empty(await silent.ReadToEndAsync());
        Assert.Empty(await half.ReadToEndAsync());
        Assert.DoesNotContain(await gateway.ReadEventsAsync(), e => e.ClientId == "car-1");
    }

    [Fact]
    public async Task When_the_budget_of_the_log_is_used_up_reading_stops_and_goes_on_and_nothing_is_lost()
    {
        const int cars = 8;
        const int messages = 400;
        await using var gateway = await StartAsync(new() { ["Telematics:Messaging:Embedded:QueueBudgetBytes"] = "65536" });
        await Task.WhenAll(Enumerable.Range(0, cars).Select(async n =>
        {
            using var car = await RawClient.ConnectAsync(gateway);
            var send = car.SendAsync(
                [.. RawClient.Connect($"car-{n}"), .. Enumerable.Range(1, messages).SelectMany(i => RawClient.Publish($"telemetry/car-{n}", (ushort)i, $"{i} {new string('x', 5_000)}"))]);
            await car.ExpectAsync([.. RawClient.Connack, .. Enumerable.Range(1, messages).SelectMany(i => RawClient.Puback((ushort)i))]);
            await send;
        }));
        var stored = await gateway.ReadAsync(TopicNames.Telemetry);
        Assert.Equal(cars * messages, stored.Count);
        Assert.All(
            stored.GroupBy(message => message.Key),
            car => Assert.Equal(Enumerable.Range(1, messages), car.Select(message => int.Parse(Encoding.UTF8.GetString(message.Body).Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture))));
    }

    [Fact]
    public async Task The_last_packet_arrives_before_the_end()
    {
        await using var gateway = await StartAsync();
        using var unknown = await RawClient.ConnectAsync(gateway);
        await unknown.SendAsync(RawClient.Connect("car-1", level: 9));
        Assert.Equal([0x20, 2, 0, 1], await unknown.ReadToEndAsync());

        using var second = await RawClient.ConnectAsync(gateway);
        await second.SendAsync(RawClient.Connect("car-2", level: 5));
        await RunningGateway.EventuallyAsync(() => Task.FromResult(gateway.Statistics.Connections == 1));
        await second.SendAsync(RawClient.Connect("car-2", level: 5));
        Assert.Equal([0xE0, 1, 0x82], (await second.ReadToEndAsync())[^3..]);
    }

    [Fact]
    public async Task Clients_that_take_each_others_session_leave_one_connection()
    {
        await using var gateway = await StartAsync();
        var clients = await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ =>
        {
            var client = await RawClient.ConnectAsync(gateway);
            await client.SendAsync([.. RawClient.Connect("car-1"), .. RawClient.Publish("telemetry/car-1", 1, "x"), .. RawClient.Pingreq]);
            return client;
        }));
        await RunningGateway.EventuallyAsync(async () =>
        {
            var events = await gateway.ReadEventsAsync();
            return gateway.Statistics.Connections == 1 && events.Count(e => e.EventType == VehicleEventType.Connect) == events.Count(e => e.EventType == VehicleEventType.TcpClean) + 1;
        });
        Assert.Empty(gateway.Lines.All);
        foreach (var client in clients)
        {
            client.Dispose();
        }
    }

    private protected Task<RunningGateway> StartAsync(Dictionary<string, string?>? settings = null) => RunningGateway.StartAsync(Transport, settings);

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    // PUBACK waits for the log, PINGRESP does not.
    private static async Task ExpectInAnyOrderAsync(RawClient client, byte[] puback, byte[] pingresp)
    {
        var got = await client.ReadAsync(puback.Length + pingresp.Length);
        Assert.Contains(got, (byte[][])[[.. puback, .. pingresp], [.. pingresp, .. puback]]);
    }

    private static async Task EndedAsync(RunningGateway gateway, string client, string reason)
    {
        await RunningGateway.EventuallyAsync(async () => (await gateway.ReadEventsAsync()).Any(e => e.ClientId == client && e.EventType == VehicleEventType.TcpClean));
        Assert.Equal(reason, (await gateway.ReadEventsAsync()).Single(e => e.ClientId == client && e.EventType == VehicleEventType.TcpClean).Reason);
    }
}
