using Telematics.Contracts.Presence;
using Telematics.Gateway;
using Telematics.Gateway.Sessions;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Xunit;

namespace Telematics.Tests.Gateway;

/// <summary>More connections, messages and ends than the gateway is for.</summary>
public sealed class OverloadTests
{
    [Fact]
    public void More_connections_a_second_than_the_rate_are_closed_at_accept_over_all_loops()
    {
        var harness = new GatewayHarness(loops: 2, options => options.AcceptRate = 3);
        var slots = Enumerable.Range(0, 6).Select(n => harness.Accept(n % 2).Slot).ToList();
        Assert.Equal(3, slots.Count(slot => slot >= 0));
        Assert.Equal(3, harness.Loops.Sum(loop => loop.Counters.Ends(EndReason.AcceptRateExceeded)));

        harness.Advance(TimeSpan.FromSeconds(0.3));
        Assert.True(harness.Accept().Slot >= 0);
        Assert.True(harness.Accept().Slot < 0);
    }

    [Fact]
    public void Who_was_let_in_before_its_TLS_handshake_is_not_counted_twice()
    {
        var harness = new GatewayHarness(configure: options => options.AcceptRate = 1);
        Assert.True(harness.Shared.Accepts.TryEnter());
        Assert.True(harness.Loop.Open(default, isAdmitted: true) >= 0);
        Assert.Equal(-1, harness.Loop.Open(default));
    }

    [Theory]
    [InlineData(MqttProtocolVersion.V500, MqttReasonCode.ServerBusy)]
    [InlineData(MqttProtocolVersion.V311, MqttReasonCode.ServerUnavailable)]
    public void A_CONNECT_above_the_rate_is_told_to_come_later_and_closed(MqttProtocolVersion version, MqttReasonCode expected)
    {
        var harness = new GatewayHarness(configure: options => options.ConnectRate = 1);
        harness.Client("a");
        var late = harness.Accept().Connect("b", version);
        Assert.Equal(expected, late.TakeOne().Reason);
        Assert.True(late.IsClosed);
        Assert.Single(harness.Events);
    }

    [Fact]
    public void A_client_above_its_message_rate_waits_unread_and_loses_nothing()
    {
        var harness = new GatewayHarness(configure: options => options.MaxMessageRate = 10);
        var car = harness.Client("car-1");
        var other = harness.Client("car-2");
        for (ushort i = 1; i <= 40; i++)
        {
            car.Publish("telemetry/car-1", $"{i}", i);
        }

        Assert.InRange(harness.Telemetry.Appended.Count, 10, 12);
        Assert.True(car.IsPaused);
        Assert.True(harness.Loop.Counters.RatePauses > 0);
        other.Publish("telemetry/car-2", "x", 1);
        Assert.Equal(MqttPacketType.Puback, other.TakeOne().Type);

        harness.Advance(TimeSpan.FromSeconds(1));
        Assert.InRange(harness.Telemetry.Appended.Count(message => message.Key == "car-1"), 18, 24);
        harness.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(40, car.Take().Count);
        Assert.False(car.IsPaused);
        Assert.Equal(0, harness.Loop.Counters.PausedConnections);
    }

    [Fact]
    public void A_client_above_its_byte_rate_waits_and_its_keep_alive_does_not_run_meanwhile()
    {
        var harness = new GatewayHarness(configure: options => options.MaxByteRate = 1_000);
        var car = harness.Accept().Connect("car-1", keepAlive: 10);
        car.Take();
        car.Publish("telemetry/car-1", new string('x', 40_000), 1); // 40 seconds' worth: taken whole
        Assert.Equal(MqttPacketType.Puback, car.TakeOne().Type);
        car.Ping();
        Assert.True(car.IsPaused);

        harness.Advance(TimeSpan.FromSeconds(36));
        Assert.Empty(car.Take());
        Assert.False(car.IsClosed);
        harness.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(MqttPacketType.Pingresp, car.TakeOne().Type);
        harness.Advance(TimeSpan.FromSeconds(16));
        Assert.True(car.IsClosed); // read again, it is silent for too long
    }

    [Fact]
    public void The_rates_of_a_slot_begin_anew_with_its_next_connection()
    {
        var harness = new GatewayHarness(configure: options => options.MaxByteRate = 1_000);
        var car = harness.Client("car-1");
        car.Publish("telemetry/car-1", new string('x', 40_000), 1);
        car.Drop();
        var next = harness.Client("car-2");
        Assert.Equal(car.Slot, next.Slot);
        next.Ping();
        Assert.Equal(MqttPacketType.Pingresp, next.TakeOne().Type);
        Assert.False(next.IsPaused);
    }

    [Fact]
    public void When_the_memory_for_clients_is_used_up_nothing_more_is_kept_and_who_takes_his_bytes_is_served()
    {
        var harness = new GatewayHarness(configure: options =>
        {
            options.Topics["notice"] = Telematics.Gateway.Topics.TopicKind.Downlink;
            options.MaxBufferedBytes = 20_000;
        });
        var away = harness.Accept().Connect("away", sessionExpiry: 3_600);
        away.Subscribe("notice/#").Take();
        away.Disconnect();
        var here = harness.Client("here");
        here.Subscribe("notice/#").Take();
        for (ushort i = 1; i <= 10; i++)
        {
            harness.Deliver("notice/n", new string('x', 4_000));
            var delivery = here.TakeOne();
            here.Puback(delivery.PacketId);
        }

        Assert.InRange(harness.Shared.Buffers.Used, 20_000, 24_999);
        Assert.Equal(5, harness.Loop.Counters.MessagesOutDropped);
        Assert.Single(harness.Lines.All, line => line.Contains("1028", StringComparison.Ordinal));
        Assert.True(harness.Accept().Slot >= 0); // only who connects can take what waits for him

        harness.Advance(TimeSpan.FromSeconds(3_601));
        Assert.Equal(0, harness.Shared.Buffers.Used); // the session's end gave everything back
        Assert.True(harness.Accept().Slot >= 0);
    }

    [Fact]
    public void What_waits_is_counted_wherever_the_session_goes()
    {
        var harness = new GatewayHarness(loops: 2, options => options.Topics["notice"] = Telematics.Gateway.Topics.TopicKind.Downlink);
        var away = harness.Accept().Connect("car-1", sessionExpiry: 3_600);
        away.Subscribe("notice/#").Take();
        away.Drop();
        harness.Deliver("notice/n", "one");
        harness.Deliver("notice/n", "two");
        var used = harness.Shared.Buffers.Used;
        Assert.True(used > 0);
        var slow = harness.Accept(loop: 1);
        slow.IsReading = false;
        slow.Connect("car-1", cleanStart: false, sessionExpiry: 3_600);
        Assert.Equal(slow.Unsent, harness.Shared.Buffers.Used);
        slow.Drop();
        harness.Accept().Connect("car-1", cleanStart: true);
        Assert.Equal(0, harness.Shared.Buffers.Used);
    }

    [Fact]
    public void Thousands_that_fall_silent_at_once_do_not_stop_the_others_and_none_is_forgotten()
    {
        const int silent = 5_000;
        var harness = new GatewayHarness();
        for (var i = 0; i < silent; i++)
        {
            harness.Accept().Connect($"car-{i}", keepAlive: 10, will: ("telemetry/w", "gone", 0));
        }

        var alive = harness.Client("alive");
        alive.Take();
        harness.Time.Advance(TimeSpan.FromSeconds(15.2));
        harness.Loop.Turn();
        Assert.InRange(harness.Loop.Counters.Ends(EndReason.KeepAliveTimeout), 1, 1_024);
        harness.Loop.Receive(alive.Slot, PrebuiltPackets.Pingreq);
        Assert.Equal(0, harness.Loop.Turn());
        Assert.Equal(MqttPacketType.Pingresp, alive.TakeOne().Type);

        harness.Run();
        Assert.Equal(silent, harness.Loop.Counters.Ends(EndReason.KeepAliveTimeout));
        Assert.Equal(silent, harness.Events.Count(e => e.EventType == VehicleEventType.TcpClean));
        Assert.Equal(silent, harness.Telemetry.Appended.Count);
        Assert.Equal(1, harness.Loop.Connections.Count);
    }

    [Theory]
    [InlineData(MqttProtocolVersion.V500)]
    [InlineData(MqttProtocolVersion.V311)]
    public async Task A_stopping_gateway_asks_its_clients_to_leave_at_the_drain_rate(MqttProtocolVersion version)
    {
        var harness = new GatewayHarness(loops: 2, options => options.DrainRate = 10);
        var clients = Enumerable.Range(0, 40).Select(n => harness.Client($"c{n}", version, loop: n % 2)).ToList();
        var drained = harness.DrainAsync();
        harness.Advance(TimeSpan.FromSeconds(2));
        Assert.InRange(clients.Count(client => client.IsClosed), 18, 26);
        Assert.False(drained.IsCompleted);
        harness.Advance(TimeSpan.FromSeconds(3));
        await drained;
        Assert.All(clients, client => Assert.True(client.IsClosed));
        Assert.All(clients, client => Assert.Equal(version == MqttProtocolVersion.V500 ? [MqttReasonCode.ServerShuttingDown] : [], client.Take().Select(packet => packet.Reason)));
    }

    [Fact]
    public void With_a_server_reference_clients_are_told_where_to_go()
    {
        var harness = new GatewayHarness(configure: options => (options.ServerReference, options.DrainRate) = ("gateway-2.example:8883", 10));
        var client = harness.Client("a");
        var late = harness.Accept();
        _ = harness.DrainAsync();
        late.Connect("b");
        foreach (var packet in new[] { client.TakeOne(), late.TakeOne() })
        {
            Assert.Equal(MqttReasonCode.UseAnotherServer, packet.Reason);
            Assert.Equal("gateway-2.example:8883", packet.Texts[MqttPropertyId.ServerReference]);
        }
    }

    [Fact]
    public void Without_limits_nothing_is_bounded()
    {
        var options = new GatewayOptions();
        Assert.Equal((0, 0, 0), (options.AcceptRate, options.MaxMessageRate, options.MaxByteRate));
    }
}
