using Telematics.Contracts.Presence;
using Telematics.Gateway.Presence;
using Telematics.Gateway.Sessions;
using Telematics.Gateway.Topics;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Xunit;

namespace Telematics.Tests.Gateway;

public sealed class SessionTests
{
    private static GatewayHarness Harness(int loops = 1) => new(loops, options => options.Topics["chat"] = TopicKind.Exchange);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_client_identifier_is_taken_over_on_one_loop_and_across_loops(int loop)
    {
        var harness = Harness(loops: 2);
        var first = harness.Client("car-1");
        var second = harness.Accept(loop).Connect("car-1");
        Assert.Equal(MqttReasonCode.SessionTakenOver, first.TakeOne().Reason);
        Assert.True(first.IsClosed);
        Assert.Equal(MqttReasonCode.Success, second.TakeOne().Reason);
        Assert.Equal(
            [(VehicleEventType.Connect, null), (VehicleEventType.TcpClean, "takenOver"), (VehicleEventType.Connect, null)],
            harness.Events.Select(e => (e.EventType, e.Reason)));
        Assert.Equal(harness.Events[0].ChannelId, harness.Events[1].ChannelId);
        Assert.NotEqual(harness.Events[0].ChannelId, harness.Events[2].ChannelId);
        Assert.Equal(1, harness.Loops.Sum(each => each.Sessions.Count));
    }

    [Theory]
    [InlineData(0, MqttProtocolVersion.V311)]
    [InlineData(1, MqttProtocolVersion.V311)]
    [InlineData(1, MqttProtocolVersion.V500)]
    public void A_kept_session_moves_with_its_subscriptions_and_unacknowledged_messages(int loop, MqttProtocolVersion version)
    {
        var harness = Harness(loops: 2);
        var first = harness.Accept().Connect("reader", version, cleanStart: false, sessionExpiry: version == MqttProtocolVersion.V500 ? 600 : null);
        first.Subscribe("chat/#").Take();
        harness.Deliver("chat/a", "one");
        var sent = first.TakeOne();
        Assert.Equal("one", sent.Payload);

        var second = harness.Accept(loop).Connect("reader", version, cleanStart: false, sessionExpiry: version == MqttProtocolVersion.V500 ? 600 : null);
        var packets = second.Take();
        Assert.True(packets[0].SessionPresent);
        Assert.Equal("one", packets[1].Payload);
        Assert.True(packets[1].IsDuplicate);
        Assert.Equal(sent.PacketId, packets[1].PacketId);
        harness.Deliver("chat/a", "two");
        Assert.Equal("two", second.TakeOne().Payload);
    }

    [Fact]
    public void A_client_identifier_that_is_claimed_again_while_it_is_being_claimed_goes_to_the_last()
    {
        var harness = Harness(loops: 3);
        var first = harness.Accept().Connect("x", cleanStart: false, sessionExpiry: 600);
        first.Subscribe("chat/#").Take();

        // Both CONNECTs are in before any loop turns.
        var second = harness.Accept(1);
        var third = harness.Accept(2);
        harness.IsStopped = true;
        second.Connect("x", cleanStart: false, sessionExpiry: 600);
        third.Connect("x", cleanStart: false, sessionExpiry: 600);
        harness.IsStopped = false;
        harness.Run();
        Assert.True(first.IsClosed);
        Assert.True(second.IsClosed);
        Assert.True(third.TakeOne().SessionPresent);
        harness.Deliver("chat/a", "here");
        Assert.Equal("here", third.TakeOne().Payload);
        Assert.Equal(1, harness.Loops.Sum(each => each.Sessions.Count));
    }

    [Fact]
    public void A_client_that_gives_up_while_its_session_moves_keeps_it()
    {
        var harness = Harness(loops: 2);
        var first = harness.Accept().Connect("x", cleanStart: false, sessionExpiry: 600);
        first.Subscribe("chat/#").Take();
        harness.IsStopped = true;
        var second = harness.Accept(1);
        second.Connect("x", cleanStart: false, sessionExpiry: 600);
        second.Drop();
        harness.IsStopped = false;
        harness.Run();
        harness.Deliver("chat/a", "meanwhile");
        var third = harness.Accept().Connect("x", cleanStart: false, sessionExpiry: 600).Take();
        Assert.True(third[0].SessionPresent);
        Assert.Equal("meanwhile", third[1].Payload);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_message_that_passes_while_a_session_moves_is_delivered_once(bool isGiverAhead)
    {
        var harness = Harness(loops: 2);
        harness.Accept().Connect("x", cleanStart: false, sessionExpiry: 600).Subscribe("chat/#").Take();
        harness.IsStopped = true;
        var second = harness.Accept(1);
        if (isGiverAhead)
        {
            // The old loop delivers it and gives the session away; the new loop meets the message afterwards.
            harness.Deliver("chat/a", "passing");
            second.Connect("x", cleanStart: false, sessionExpiry: 600);
            harness.Loops[0].Turn();
        }
        else
        {
            // The session is given away; both loops meet the message while it is in neither's index.
            second.Connect("x", cleanStart: false, sessionExpiry: 600);
            harness.Loops[0].Turn();
            harness.Deliver("chat/a", "passing");
            harness.Shared.PostToAll(new Telematics.Gateway.Downlink.TopicWork([]));
        }

        harness.IsStopped = false;
        harness.Run();
        var packets = second.Take();
        Assert.True(packets[0].SessionPresent);
        Assert.Equal("passing", Assert.Single(packets, packet => packet.Type == MqttPacketType.Publish).Payload);
        harness.Deliver("chat/a", "next");
        Assert.Equal("next", second.TakeOne().Payload);
    }

    [Fact]
    public void A_clean_start_ends_what_was_kept()
    {
        var harness = Harness();
        harness.Accept().Connect("x", MqttProtocolVersion.V311, cleanStart: false).Subscribe("chat/#").Disconnect();
        harness.Deliver("chat/a", "lost");
        var clean = harness.Accept().Connect("x", MqttProtocolVersion.V311);
        Assert.False(clean.TakeOne().SessionPresent);
        clean.Disconnect();
        Assert.False(harness.Accept().Connect("x", MqttProtocolVersion.V311, cleanStart: false).TakeOne().SessionPresent);
    }

    [Fact]
    public void A_session_without_connection_ends_with_its_expiry()
    {
        var harness = Harness();
        harness.Accept().Connect("x", cleanStart: false, sessionExpiry: 30).Subscribe("chat/#").Drop();
        harness.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(1, harness.Loop.Sessions.Count);
        harness.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, harness.Loop.Sessions.Count);
        Assert.Equal(0, harness.Loop.Subscriptions.Count);
        Assert.False(harness.Accept().Connect("x", cleanStart: false).TakeOne().SessionPresent);
    }

    [Fact]
    public void DISCONNECT_may_change_the_expiry_but_not_from_nothing()
    {
        var harness = Harness();
        harness.Accept().Connect("x", sessionExpiry: 30).Disconnect(sessionExpiry: 0);
        Assert.Equal(0, harness.Loop.Sessions.Count);
        var none = harness.Client("y");
        Assert.Equal(MqttReasonCode.ProtocolError, none.Disconnect(sessionExpiry: 30).TakeOne().Reason);
    }

    [Fact]
    public void What_waits_for_a_kept_session_is_bounded_and_expires()
    {
        var harness = new GatewayHarness(configure: options =>
        {
            options.Topics["chat"] = TopicKind.Exchange;
            options.MaxQueuedMessages = 3;
        });
        harness.Accept().Connect("x", cleanStart: false, sessionExpiry: 600).Subscribe("chat/#").Drop();
        harness.Deliver("chat/a", "old", expiresIn: TimeSpan.FromSeconds(5));
        for (var i = 0; i < 4; i++)
        {
            harness.Deliver("chat/a", $"{i}");
        }

        harness.Deliver("chat/a", "at most once", qos: 0);
        var packets = harness.Accept().Connect("x", cleanStart: false, sessionExpiry: 600).Take();
        Assert.Equal(["1", "2", "3"], packets.Skip(1).Select(packet => packet.Payload));
    }

    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public void A_silent_client_is_closed_after_one_and_a_half_keep_alives(MqttProtocolVersion version)
    {
        var harness = Harness();
        var car = harness.Accept().Connect("x", version, keepAlive: 20);
        car.Take();
        harness.Advance(TimeSpan.FromSeconds(25));
        car.Ping();
        Assert.Equal(MqttPacketType.Pingresp, car.TakeOne().Type);
        harness.Advance(TimeSpan.FromSeconds(29));
        Assert.False(car.IsClosed);
        harness.Advance(TimeSpan.FromSeconds(2));
        Assert.True(car.IsClosed);
        Assert.Equal(version == MqttProtocolVersion.V500 ? [MqttReasonCode.KeepAliveTimeout] : [], car.Take().Select(packet => packet.Reason));
        Assert.Equal("keepAliveTimeout", harness.Events[^1].Reason);
    }

    [Fact]
    public void No_keep_alive_is_cut_to_the_greatest()
    {
        var harness = Harness();
        var car = harness.Accept().Connect("x", keepAlive: 0);
        Assert.Equal(480u, car.TakeOne().Numbers[MqttPropertyId.ServerKeepAlive]);
        harness.Advance(TimeSpan.FromSeconds(715));
        Assert.False(car.IsClosed);
        harness.Advance(TimeSpan.FromSeconds(10));
        Assert.True(car.IsClosed);
    }

    [Fact]
    public void While_a_connection_is_deliberately_not_read_its_keep_alive_does_not_run_out()
    {
        var harness = Harness();
        harness.Telemetry.IsHolding = true;
        harness.Telemetry.Budget = 0;
        var car = harness.Accept().Connect("x", keepAlive: 10);
        car.Publish("telemetry/x", "1", 1).Publish("telemetry/x", "2", 2).Take();
        Assert.True(car.IsPaused);
        harness.Advance(TimeSpan.FromSeconds(120));
        Assert.False(car.IsClosed);
        harness.Telemetry.Release();
        harness.Run();
        Assert.Equal(2, car.Take().Count);
        harness.Advance(TimeSpan.FromSeconds(13));
        Assert.False(car.IsClosed);
        harness.Advance(TimeSpan.FromSeconds(20));
        Assert.True(car.IsClosed);
    }

    [Fact]
    public void A_will_is_published_when_the_client_is_lost_and_not_when_it_says_good_bye()
    {
        var harness = Harness();
        harness.Accept().Connect("a", will: ("telemetry/a", "gone", 0)).Drop();
        Assert.Equal("gone", Assert.Single(harness.Telemetry.Appended).Text);
        Assert.Equal("a", harness.Telemetry.Appended[0].Properties["clientId"]);
        harness.Accept().Connect("b", will: ("telemetry/b", "gone", 0)).Disconnect();
        harness.Accept().Connect("c", MqttProtocolVersion.V311, will: ("telemetry/c", "gone", 0)).Disconnect();
        Assert.Single(harness.Telemetry.Appended);
        harness.Accept().Connect("d", will: ("telemetry/d", "on purpose", 0)).Disconnect(MqttReasonCode.DisconnectWithWillMessage);
        Assert.Equal("on purpose", harness.Telemetry.Appended[1].Text);
        harness.Accept().Connect("e", MqttProtocolVersion.V311, keepAlive: 10, will: ("telemetry/e", "silent", 0));
        harness.Advance(TimeSpan.FromSeconds(16));
        Assert.Equal("silent", harness.Telemetry.Appended[2].Text);
    }

    [Fact]
    public void A_delayed_will_waits_and_is_given_up_when_the_client_returns()
    {
        var harness = Harness();
        harness.Accept().Connect("a", cleanStart: false, sessionExpiry: 600, will: ("telemetry/a", "gone", 20)).Drop();
        harness.Advance(TimeSpan.FromSeconds(15));
        Assert.Empty(harness.Telemetry.Appended);
        harness.Accept().Connect("a", cleanStart: false, sessionExpiry: 600, will: ("telemetry/a", "gone again", 20)).Drop();
        harness.Advance(TimeSpan.FromSeconds(15));
        Assert.Empty(harness.Telemetry.Appended);
        harness.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("gone again", Assert.Single(harness.Telemetry.Appended).Text);

        // The end of the session is the latest moment.
        harness.Accept().Connect("b", cleanStart: false, sessionExpiry: 5, will: ("telemetry/b", "end", 60)).Drop();
        harness.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal("end", harness.Telemetry.Appended[1].Text);
    }

    [Fact]
    public void A_delayed_will_is_published_when_the_gateway_stops_since_the_session_ends_with_it()
    {
        var harness = Harness();
        harness.Accept().Connect("away", cleanStart: false, sessionExpiry: 600, will: ("telemetry/away", "away", 300)).Drop();
        harness.Accept().Connect("here", cleanStart: false, sessionExpiry: 600, will: ("telemetry/here", "here", 300));
        harness.Accept().Connect("left", cleanStart: false, sessionExpiry: 600, will: ("telemetry/left", "left", 300)).Disconnect();
        Assert.Empty(harness.Telemetry.Appended);
        harness.Telemetry.IsHolding = true;

        var drained = new TaskCompletionSource();
        harness.Loop.Post(new DrainWork(drained));
        harness.Run();
        harness.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(["away", "here"], harness.Telemetry.Appended.Select(message => message.Text).Order());
        Assert.False(drained.Task.IsCompleted, "the stop waits until the wills are stored");
        harness.Telemetry.Release();
        harness.Run();
        Assert.True(SpinWait.SpinUntil(() => drained.Task.IsCompleted, TimeSpan.FromSeconds(10)));
        harness.Advance(TimeSpan.FromSeconds(400));
        Assert.Equal(2, harness.Telemetry.Appended.Count);
    }

    [Fact]
    public void The_will_of_a_client_whose_CONNECT_was_not_accepted_is_nobodys()
    {
        var harness = Harness();
        harness.VehicleEvents.IsHolding = true;
        harness.Accept().Connect("a", will: ("telemetry/a", "gone", 0)).Drop();
        Assert.Empty(harness.Telemetry.Appended);
    }

    [Theory]
    [InlineData("nobody/x", MqttReasonCode.TopicNameInvalid)]
    [InlineData("command/all", MqttReasonCode.NotAuthorized)]
    public void A_will_for_a_topic_that_is_not_the_clients_is_refused(string topic, MqttReasonCode code)
    {
        var harness = Harness();
        Assert.Equal(code, harness.Accept().Connect("a", will: (topic, "x", 0)).TakeOne().Reason);
        Assert.Equal(MqttReasonCode.NotAuthorized, harness.Accept().Connect("a", MqttProtocolVersion.V311, will: (topic, "x", 0)).TakeOne().Reason);
        Assert.Equal(2, harness.Loop.Counters.Ends(EndReason.WillRefused));
    }

    [Fact]
    public void A_will_of_a_taken_over_connection_is_published_only_if_the_session_ends()
    {
        var harness = Harness();
        harness.Accept().Connect("a", cleanStart: false, sessionExpiry: 600, will: ("telemetry/a", "delayed", 20));
        harness.Accept().Connect("a", cleanStart: false, sessionExpiry: 600, will: ("telemetry/a", "ended", 20));
        Assert.Empty(harness.Telemetry.Appended);
        harness.Accept().Connect("a", cleanStart: true);
        Assert.Equal("ended", Assert.Single(harness.Telemetry.Appended).Text);
    }
}
