using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Contracts.Presence;
using Telematics.Gateway;
using Telematics.Gateway.Presence;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Xunit;

namespace Telematics.Tests.Gateway;

public sealed class OrderTests
{
    private static readonly Guid Command = Guid.Parse("0b6f0c1e-0000-4000-8000-000000000001");

    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public void A_directed_order_reaches_its_car_and_leaves_sent_and_delivered(MqttProtocolVersion version)
    {
        var harness = new GatewayHarness(loops: 2);
        var car = harness.Client("car-1", version, loop: 1);
        harness.Order(GatewayOrderKind.Directed, Command, "car-1", attempt: 3, expiresIn: TimeSpan.FromSeconds(10));
        var order = car.TakeOne();
        Assert.Equal("command/p2p/car-1", order.Topic);
        Assert.Equal("{}", order.Payload);
        Assert.Equal(1, order.Qos);
        if (version == MqttProtocolVersion.V500)
        {
            Assert.Equal("command-result/car-1", order.Texts[MqttPropertyId.ResponseTopic]);
            Assert.Equal(Command.ToString(), order.Texts[MqttPropertyId.CorrelationData]);
            Assert.Equal(10u, order.Numbers[MqttPropertyId.MessageExpiryInterval]);
        }

        car.Puback(order.PacketId);
        harness.Advance(TimeSpan.FromMilliseconds(30));
        Assert.Equal([CommandReceiptKind.Sent, CommandReceiptKind.Delivered], harness.Receipts.Select(receipt => receipt.Kind));
        Assert.All(harness.Receipts, receipt =>
        {
            Assert.Equal((Command, "car-1", 3, harness.Events[0].ChannelId), (receipt.CommandId, receipt.VehicleId, receipt.Attempt, receipt.ChannelId));
        });
    }

    [Fact]
    public void Receipts_are_gathered_for_a_moment()
    {
        var harness = new GatewayHarness();
        harness.Client("car-1");
        harness.Client("car-2");
        harness.Order(GatewayOrderKind.Directed, Command, "car-1");
        harness.Order(GatewayOrderKind.Directed, Command, "car-2");
        Assert.Empty(harness.Log[TopicNames.CommandReceipt].Appended);
        harness.Advance(TimeSpan.FromMilliseconds(25));
        Assert.Equal(2, harness.Receipts.Count);
        var message = Assert.Single(harness.Log[TopicNames.CommandReceipt].Appended);
        Assert.Equal(harness.Shared.Instance.Id, message.Key);
    }

    [Fact]
    public void A_refusal_of_the_car_is_a_receipt_with_its_reason()
    {
        var harness = new GatewayHarness();
        var car = harness.Client("car-1");
        harness.Order(GatewayOrderKind.Directed, Command, "car-1");
        car.Puback(car.TakeOne().PacketId, MqttReasonCode.QuotaExceeded);
        harness.Advance(TimeSpan.FromMilliseconds(30));
        Assert.Equal((CommandReceiptKind.Refused, 0x97), (harness.Receipts[1].Kind, harness.Receipts[1].ReasonCode));
    }

    [Fact]
    public void Not_here_is_answered_to_ones_own_tag_only()
    {
        var harness = new GatewayHarness(loops: 2);
        harness.Order(GatewayOrderKind.Directed, Command, "car-9");
        harness.Order(GatewayOrderKind.Directed, Command, "car-9", tag: "ALL");
        harness.Order(GatewayOrderKind.Directed, Command, "car-9", tag: "gw-somebody0000");
        harness.Advance(TimeSpan.FromMilliseconds(30));
        Assert.Equal(CommandReceiptKind.NotHere, Assert.Single(harness.Receipts).Kind);
    }

    [Fact]
    public void A_kept_session_without_connection_is_not_here()
    {
        var harness = new GatewayHarness();
        harness.Accept().Connect("car-1", cleanStart: false, sessionExpiry: 600).Drop();
        harness.Order(GatewayOrderKind.Directed, Command, "car-1");
        harness.Advance(TimeSpan.FromMilliseconds(30));
        Assert.Equal(CommandReceiptKind.NotHere, Assert.Single(harness.Receipts).Kind);
        Assert.Single(harness.Accept().Connect("car-1", cleanStart: false, sessionExpiry: 600).Take());
    }

    [Fact]
    public void From_the_append_of_its_connect_event_on_a_car_is_here_and_orders_wait_behind_CONNACK()
    {
        var harness = new GatewayHarness();
        harness.VehicleEvents.IsHolding = true;
        var car = harness.Accept().Connect("car-1");
        harness.Order(GatewayOrderKind.Directed, Command, "car-1");
        harness.Order(GatewayOrderKind.Broadcast, Guid.NewGuid(), "x", tag: "ALL");
        Assert.Empty(car.Take());
        harness.VehicleEvents.Release();
        harness.Run();
        Assert.Equal(["", "command/p2p/car-1", "command/all"], car.Take().Select(packet => packet.Topic));
    }

    [Fact]
    public void A_broadcast_reaches_every_car_once_and_whoever_subscribes()
    {
        var harness = new GatewayHarness(loops: 2);
        var cars = Enumerable.Range(0, 6).Select(i => harness.Client($"car-{i}", i % 2 == 0 ? MqttProtocolVersion.V311 : MqttProtocolVersion.V500, loop: i % 2)).ToList();
        cars[0].Subscribe("command/all").Take();
        var supervisor = harness.Client("no vehicle id");
        supervisor.Subscribe("command/#").Take();
        var other = harness.Client("other !");
        harness.Order(GatewayOrderKind.Broadcast, Command, Command.ToString(), tag: "ALL");
        foreach (var car in cars)
        {
            var order = car.TakeOne();
            Assert.Equal("command/all", order.Topic);
            car.Puback(order.PacketId);
        }

        Assert.Equal("command/all", supervisor.TakeOne().Topic);
        Assert.Empty(other.Take());
        harness.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal(6, harness.Receipts.Count(receipt => receipt.Kind == CommandReceiptKind.Sent));
        Assert.Equal(6, harness.Receipts.Count(receipt => receipt.Kind == CommandReceiptKind.Delivered));
    }

    [Fact]
    public void An_order_is_not_written_after_its_time()
    {
        var harness = new GatewayHarness();
        var car = harness.Accept().Connect("car-1", receiveMaximum: 1);
        car.Take();
        harness.Order(GatewayOrderKind.Directed, Guid.NewGuid(), "car-1");
        harness.Order(GatewayOrderKind.Directed, Command, "car-1", expiresIn: TimeSpan.FromSeconds(5));
        var first = car.TakeOne();
        harness.Advance(TimeSpan.FromSeconds(6));
        car.Puback(first.PacketId);
        Assert.Empty(car.Take());
        Assert.DoesNotContain(harness.Receipts, receipt => receipt.CommandId == Command);
    }

    [Fact]
    public void What_is_not_yet_written_can_be_withdrawn()
    {
        var harness = new GatewayHarness();
        var car = harness.Accept().Connect("car-1", receiveMaximum: 1);
        car.Take();
        var first = Guid.NewGuid();
        harness.Order(GatewayOrderKind.Directed, first, "car-1");
        harness.Order(GatewayOrderKind.Directed, Command, "car-1", attempt: 2);
        harness.Order(GatewayOrderKind.Withdraw, Command, "car-1", tag: "ALL");
        harness.Order(GatewayOrderKind.Withdraw, first, "car-1", tag: "ALL"); // written: too late
        car.Puback(car.TakeOne().PacketId);
        harness.Advance(TimeSpan.FromMilliseconds(30));
        Assert.Empty(car.Take());
        var withdrawn = Assert.Single(harness.Receipts, receipt => receipt.Kind == CommandReceiptKind.Withdrawn);
        Assert.Equal((Command, 2), (withdrawn.CommandId, withdrawn.Attempt));
        Assert.Contains(harness.Receipts, receipt => receipt.CommandId == first && receipt.Kind == CommandReceiptKind.Delivered);
    }

    [Fact]
    public void A_broadcast_is_withdrawn_where_it_still_waits()
    {
        var harness = new GatewayHarness(loops: 2);
        var slow = harness.Accept(1).Connect("car-1", receiveMaximum: 1);
        slow.Take();
        harness.Order(GatewayOrderKind.Directed, Guid.NewGuid(), "car-1");
        harness.Order(GatewayOrderKind.Broadcast, Command, Command.ToString(), tag: "ALL");
        harness.Order(GatewayOrderKind.Withdraw, Command, Command.ToString(), tag: "ALL");
        slow.Puback(slow.TakeOne().PacketId);
        harness.Advance(TimeSpan.FromMilliseconds(30));
        Assert.Empty(slow.Take());
        Assert.Equal("car-1", Assert.Single(harness.Receipts, receipt => receipt.Kind == CommandReceiptKind.Withdrawn).VehicleId);
    }

    [Fact]
    public void An_order_that_still_waits_when_the_car_leaves_is_reported()
    {
        var harness = new GatewayHarness();
        var car = harness.Accept().Connect("car-1", receiveMaximum: 1, cleanStart: false, sessionExpiry: 600);
        car.Take();
        harness.Order(GatewayOrderKind.Directed, Guid.NewGuid(), "car-1");
        harness.Order(GatewayOrderKind.Directed, Command, "car-1");
        car.Drop();
        harness.Advance(TimeSpan.FromMilliseconds(30));
        Assert.Equal(CommandReceiptKind.NotHere, Assert.Single(harness.Receipts, receipt => receipt.CommandId == Command).Kind);
        var again = harness.Accept().Connect("car-1", cleanStart: false, sessionExpiry: 600).Take();
        Assert.True(again[1].IsDuplicate);
        Assert.Equal(2, again.Count);
    }

    [Fact]
    public void A_newer_attempt_takes_the_place_of_one_that_still_waits()
    {
        var harness = new GatewayHarness();
        var car = harness.Accept().Connect("car-1", receiveMaximum: 1);
        car.Take();
        harness.Order(GatewayOrderKind.Directed, Guid.NewGuid(), "car-1");
        harness.Order(GatewayOrderKind.Directed, Command, "car-1", attempt: 1);
        harness.Order(GatewayOrderKind.Directed, Command, "car-1", attempt: 2);
        car.Puback(car.TakeOne().PacketId);
        car.Puback(car.TakeOne().PacketId);
        Assert.Empty(car.Take());
        harness.Advance(TimeSpan.FromMilliseconds(30));
        Assert.All(harness.Receipts.Where(receipt => receipt.CommandId == Command), receipt => Assert.Equal(2, receipt.Attempt));
    }

    [Fact]
    public void A_channel_is_closed_by_its_name_and_no_other()
    {
        var harness = new GatewayHarness(loops: 2);
        var car = harness.Client("car-1", loop: 1);
        var old = harness.Events[0].ChannelId!;
        var second = harness.Client("car-1", loop: 0);
        car.Take();
        harness.Order(GatewayOrderKind.CloseChannel, Command, "car-1", tag: "ALL", channelId: old);
        harness.Order(GatewayOrderKind.CloseChannel, Command, "car-1", tag: "ALL", channelId: "0123456789abcdef-0-0-1");
        Assert.False(second.IsClosed);
        harness.Order(GatewayOrderKind.CloseChannel, Command, "car-1", tag: "ALL", channelId: harness.Events[^1].ChannelId);
        Assert.Equal(MqttReasonCode.AdministrativeAction, second.TakeOne().Reason);
        Assert.True(second.IsClosed);
        Assert.Equal("ordered", harness.Events[^1].Reason);
    }

    [Fact]
    public void A_revoked_vehicle_is_closed_wherever_it_is_even_between_log_in_and_session()
    {
        var verifier = new ScriptedVerifier();
        var harness = new GatewayHarness(2, options => options.Authentication = GatewayAuthentication.Credential, verifier);
        var car = harness.Accept(1).Connect("car-1", userName: "car-1", password: "s");
        harness.Order(GatewayOrderKind.CloseChannel, Command, "car-1", tag: "ALL");
        verifier.Answer(0, Telematics.Contracts.Credentials.CredentialVerdict.Accepted); // an answer from before
        harness.Run();
        Assert.True(car.IsClosed);
        Assert.Equal(["car-1"], verifier.Forgotten);
        Assert.Empty(harness.Events);

        var again = harness.Accept(1).Connect("car-1", userName: "car-1", password: "s");
        verifier.Answer(1, Telematics.Contracts.Credentials.CredentialVerdict.Accepted);
        harness.Run();
        harness.Order(GatewayOrderKind.CloseChannel, Command, "car-1", tag: "ALL");
        Assert.True(again.IsClosed);
    }

    [Fact]
    public void An_ended_instance_goes_on_under_another_name_and_announces_its_connections()
    {
        var harness = new GatewayHarness();
        harness.Client("car-1");
        harness.VehicleEvents.IsHolding = true;
        var waiting = harness.Accept().Connect("car-2"); // its connect event has the old name
        harness.Loop.Post(new AnnounceWork("gw-new000000000"));
        harness.Run();
        harness.VehicleEvents.Release();
        harness.Run();
        harness.Client("car-3");
        waiting.Take();
        var announced = harness.Events.Where(e => e.EventType == VehicleEventType.Announce).ToList();
        Assert.Equal(["car-1", "car-2"], announced.Select(e => e.ClientId).Order());
        Assert.All(announced, e => Assert.Equal("gw-new000000000", e.Instance));
        Assert.Equal(harness.Events[0].ChannelId, announced.Single(e => e.ClientId == "car-1").ChannelId);
        Assert.Equal("gw-new000000000", harness.Events[^1].Instance);
    }

    [Fact]
    public void Announcing_is_bounded_by_the_rate()
    {
        var harness = new GatewayHarness(configure: options => options.SweepRate = 100);
        for (var i = 0; i < 35; i++)
        {
            harness.Client($"car-{i}");
        }

        harness.Loop.Post(new AnnounceWork("gw-new000000000"));
        harness.Run();
        Assert.Equal(10, harness.Events.Count(e => e.EventType == VehicleEventType.Announce));
        harness.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(35, harness.Events.Count(e => e.EventType == VehicleEventType.Announce));
    }

    [Fact]
    public void At_stop_clients_are_told_and_their_ends_are_waited_for()
    {
        var harness = new GatewayHarness();
        var car = harness.Client("car-1");
        var old = harness.Client("car-2", MqttProtocolVersion.V311);
        var silent = harness.Accept();
        harness.VehicleEvents.IsHolding = true;
        var drained = new TaskCompletionSource();
        harness.Loop.Post(new DrainWork(drained));
        harness.Run();
        Assert.Equal(MqttReasonCode.ServerShuttingDown, car.TakeOne().Reason);
        Assert.True(old.IsClosed);
        Assert.True(silent.IsClosed);
        Assert.False(drained.Task.IsCompleted);
        harness.VehicleEvents.Release();
        harness.Run();
        Assert.True(SpinWait.SpinUntil(() => drained.Task.IsCompleted, TimeSpan.FromSeconds(10)));
        Assert.Equal(-1, harness.Accept().Slot);
    }

    [Fact]
    public void Without_log_ins_anybody_may_watch_a_cars_orders()
    {
        var harness = new GatewayHarness();
        var car = harness.Client("car-1");
        var watcher = harness.Client("watcher");
        watcher.Subscribe("command/p2p/+").Take();
        car.Subscribe("command/p2p/car-1").Take();
        harness.Order(GatewayOrderKind.Directed, Command, "car-1");
        Assert.Equal("command/p2p/car-1", watcher.TakeOne().Topic);
        Assert.Equal("command/p2p/car-1", car.TakeOne().Topic);
        harness.Advance(TimeSpan.FromMilliseconds(30));
        Assert.Equal("car-1", Assert.Single(harness.Receipts).VehicleId);
    }
}
