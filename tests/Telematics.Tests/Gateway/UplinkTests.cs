using Telematics.Messaging;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Xunit;

namespace Telematics.Tests.Gateway;

public sealed class UplinkTests
{
    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public void A_publish_is_acknowledged_when_it_is_stored_and_not_before(MqttProtocolVersion version)
    {
        var harness = new GatewayHarness();
        var car = harness.Client("car-1", version);
        harness.Telemetry.IsHolding = true;

        car.Publish("telemetry/car-1", "{}", packetId: 7);
        Assert.Empty(car.Take());

        harness.Telemetry.Answer(0);
        harness.Run();
        var puback = car.TakeOne();
        Assert.Equal(MqttPacketType.Puback, puback.Type);
        Assert.Equal(7, puback.PacketId);
        Assert.Equal(MqttReasonCode.Success, puback.Reason);
    }

    [Fact]
    public void Acknowledgements_leave_in_the_order_of_the_publishes_whatever_is_stored_first()
    {
        var harness = new GatewayHarness();
        var car = harness.Client("car-1");
        harness.Telemetry.IsHolding = true;
        foreach (ushort id in new ushort[] { 5, 3, 9 })
        {
            car.Publish("telemetry/car-1", $"{id}", id);
        }

        harness.Telemetry.Answer(2);
        harness.Run();
        Assert.Empty(car.Take());
        harness.Telemetry.Answer(0);
        harness.Run();
        Assert.Equal([5], car.Take().Select(packet => (int)packet.PacketId));
        harness.Telemetry.Answer(0);
        harness.Run();
        Assert.Equal([3, 9], car.Take().Select(packet => (int)packet.PacketId));
    }

    [Fact]
    public void A_publish_that_comes_again_while_it_is_being_stored_is_one_message_and_one_acknowledgement()
    {
        var harness = new GatewayHarness();
        var car = harness.Client("car-1", MqttProtocolVersion.V311);
        harness.Telemetry.IsHolding = true;
        car.Publish("telemetry/car-1", "a", 1).Publish("telemetry/car-1", "a", 1, duplicate: true);
        harness.Telemetry.Release();
        harness.Run();
        Assert.Single(harness.Telemetry.Appended);
        Assert.Single(car.Take());
    }

    [Fact]
    public void An_outcome_never_answers_for_the_slots_next_connection()
    {
        var harness = new GatewayHarness();
        var first = harness.Client("car-1");
        harness.Telemetry.IsHolding = true;
        first.Publish("telemetry/car-1", "a", 1);
        first.Publish("telemetry/car-1", "b"); // QoS 0: never abandoned
        first.Drop();
        harness.Telemetry.IsHolding = true;

        var second = harness.Client("car-2");
        Assert.Equal(first.Slot, second.Slot);
        second.Publish("telemetry/car-2", "c", 1);
        Assert.Equal(2, harness.Telemetry.PendingCount);
        harness.Telemetry.Answer(0);
        harness.Run();
        Assert.Empty(second.Take());
        harness.Telemetry.Answer(0);
        harness.Run();
        Assert.Equal(1, second.TakeOne().PacketId);
    }

    [Fact]
    public void What_is_staged_of_a_lost_connection_is_dropped_except_what_nobody_sends_again()
    {
        var harness = new GatewayHarness();
        var car = harness.Client("car-1");
        harness.Telemetry.IsHolding = true;
        car.Publish("telemetry/car-1", "a", 1).Publish("telemetry/car-1", "b");
        car.Drop();
        Assert.Equal(1, harness.Telemetry.PendingCount);
    }

    [Fact]
    public void A_message_has_the_documented_properties()
    {
        var harness = new GatewayHarness();
        var car = harness.Client("car-1");
        car.Publish("telemetry/car-1", "{}", 1, add: properties => properties
            .Add(MqttPropertyId.ContentType, "application/json")
            .Add(MqttPropertyId.ResponseTopic, "answers/car-1")
            .Add(MqttPropertyId.CorrelationData, "x1")
            .Add(MqttPropertyId.MessageExpiryInterval, 30)
            .AddUser("trip", "7 \"a\""));

        var message = Assert.Single(harness.Telemetry.Appended);
        Assert.Equal("car-1", message.Key);
        Assert.Equal(string.Empty, message.Tag);
        Assert.Equal("{}", message.Text);
        Assert.Equal("/car-1", message.Properties["mqttSecondTopic"]);
        Assert.Equal("car-1", message.Properties["clientId"]);
        Assert.Equal("1", message.Properties["qoslevel"]);
        Assert.Equal("true", message.Properties["cleansessionflag"]);
        Assert.Equal(harness.Events[0].ChannelId, message.Properties["channelId"]);
        Assert.Equal("application/json", message.Properties["mqtt5ContentType"]);
        Assert.Equal("answers/car-1", message.Properties["mqtt5ResponseTopic"]);
        Assert.Equal("eDE=", message.Properties["mqtt5CorrelationData"]);
        Assert.Equal("30", message.Properties["mqtt5MsgExpireInterval"]);
        using var user = System.Text.Json.JsonDocument.Parse(message.Properties["mqtt5UserProperty"]);
        Assert.Equal("7 \"a\"", user.RootElement[0].GetProperty("value").GetString());
    }

    [Fact]
    public void An_empty_payload_is_legal()
    {
        var harness = new GatewayHarness();
        harness.Client("car-1").Publish("telemetry/car-1", string.Empty, 1);
        Assert.Empty(Assert.Single(harness.Telemetry.Appended).Body);
    }

    [Fact]
    public void When_the_budget_is_used_up_the_connection_waits_unread_and_nothing_is_lost_or_reordered()
    {
        var harness = new GatewayHarness();
        var car = harness.Client("car-1");
        harness.Telemetry.IsHolding = true;
        harness.Telemetry.Budget = 0;
        foreach (ushort id in new ushort[] { 1, 2, 3 })
        {
            car.Publish("telemetry/car-1", $"{id}", id);
        }

        // One publish of each connection is always taken.
        Assert.Equal(AppendBudget.Exempt, Assert.Single(harness.Telemetry.Appended).Budget);
        Assert.True(car.IsPaused);
        for (var i = 0; i < 3; i++)
        {
            harness.Telemetry.Answer(0);
            harness.Run();
        }

        Assert.False(car.IsPaused);
        Assert.Equal(["1", "2", "3"], harness.Telemetry.Appended.Select(message => message.Text));
        Assert.Equal([1, 2, 3], car.Take().Select(packet => (int)packet.PacketId));
        Assert.Equal(0, harness.Loop.Counters.PausedConnections);
    }

    [Fact]
    public void More_than_the_receive_maximum_ends_a_5_0_client_and_lets_a_3_1_1_client_wait()
    {
        var harness = new GatewayHarness(configure: options => options.ReceiveMaximum = 2);
        harness.Telemetry.IsHolding = true;
        var old = harness.Client("car-1", MqttProtocolVersion.V311);
        var car = harness.Client("car-2");
        foreach (var client in new[] { old, car })
        {
            for (ushort id = 1; id <= 3; id++)
            {
                client.Publish("telemetry/car-9", "x", id);
            }
        }

        Assert.True(old.IsPaused);
        Assert.Equal(MqttReasonCode.ReceiveMaximumExceeded, car.TakeOne().Reason);
        Assert.True(car.IsClosed);
        harness.Telemetry.Release();
        harness.Run();
        Assert.Equal([1, 2, 3], old.Take().Select(packet => (int)packet.PacketId));
    }

    [Theory]
    [InlineData("nobody/car-1", MqttReasonCode.TopicNameInvalid, Telematics.Gateway.Sessions.Refusal.UndeclaredTopic)]
    [InlineData("command/p2p/car-1", MqttReasonCode.NotAuthorized, Telematics.Gateway.Sessions.Refusal.DownlinkTopic)]
    [InlineData("vehicle-event/car-1", MqttReasonCode.NotAuthorized, Telematics.Gateway.Sessions.Refusal.InternalTopic)]
    [InlineData("command-receipt/x", MqttReasonCode.NotAuthorized, Telematics.Gateway.Sessions.Refusal.InternalTopic)]
    [InlineData("telemetry", MqttReasonCode.TopicNameInvalid, Telematics.Gateway.Sessions.Refusal.InvalidTopic)]
    [InlineData("telemetry/car 1", MqttReasonCode.TopicNameInvalid, Telematics.Gateway.Sessions.Refusal.InvalidTopic)]
    [InlineData("telemetry/car-1/x", MqttReasonCode.TopicNameInvalid, Telematics.Gateway.Sessions.Refusal.InvalidTopic)]
    [InlineData("telemetry/car\u0001", MqttReasonCode.TopicNameInvalid, Telematics.Gateway.Sessions.Refusal.ControlCharacter)]
    public void A_topic_that_is_not_the_clients_is_refused_by_reason(string topic, MqttReasonCode code, object refusal)
    {
        var harness = new GatewayHarness();
        var car = harness.Client("car-1");
        car.Publish(topic, "x", 4);
        Assert.Equal(code, car.TakeOne().Reason);
        Assert.False(car.IsClosed);
        car.Publish(topic, "x");
        Assert.Empty(car.Take());
        Assert.False(car.IsClosed);
        Assert.Equal(2, harness.Loop.Counters.Refusals((Telematics.Gateway.Sessions.Refusal)refusal));

        var old = harness.Client("car-2", MqttProtocolVersion.V311);
        old.Publish(topic, "x", 4);
        Assert.True(old.IsClosed);
        Assert.Empty(old.Take());
        Assert.Empty(harness.Telemetry.Appended);
    }

    [Theory]
    [InlineData("user")]
    [InlineData("content")]
    public void Control_characters_cannot_forge_properties(string where)
    {
        var harness = new GatewayHarness();
        var car = harness.Client("car-1");
        car.Publish("telemetry/car-1", "x", 1, add: properties => _ = where == "user"
            ? properties.AddUser("a\u0002clientId\u0001admin", "b")
            : properties.Add(MqttPropertyId.ContentType, "a\u0002clientId\u0001admin"));
        Assert.Equal(MqttReasonCode.TopicNameInvalid, car.TakeOne().Reason);
        Assert.Empty(harness.Telemetry.Appended);
    }

    [Fact]
    public void User_properties_above_the_limit_are_refused()
    {
        var harness = new GatewayHarness();
        var car = harness.Client("car-1");
        car.Publish("telemetry/car-1", "x", 1, add: properties => properties.AddUser("a", new string('b', 9_000)));
        Assert.Equal(MqttReasonCode.QuotaExceeded, car.TakeOne().Reason);
    }

    [Fact]
    public void A_refusal_does_not_overtake_an_acknowledgement()
    {
        var harness = new GatewayHarness();
        var car = harness.Client("car-1");
        harness.Telemetry.IsHolding = true;
        car.Publish("telemetry/car-1", "x", 1).Publish("nobody/x", "x", 2);
        Assert.Empty(car.Take());
        harness.Telemetry.Release();
        harness.Run();
        Assert.Equal([1, 2], car.Take().Select(packet => (int)packet.PacketId));
    }

    [Fact]
    public void What_the_log_refuses_for_good_is_told_to_a_5_0_client_and_closes_a_3_1_1_client()
    {
        var harness = new GatewayHarness();
        harness.Telemetry.IsHolding = true;
        var car = harness.Client("car-1").Publish("telemetry/car-1", "x", 1);
        var old = harness.Client("car-2", MqttProtocolVersion.V311).Publish("telemetry/car-2", "x", 1);
        harness.Telemetry.Answer(0, AppendStatus.Refused);
        harness.Telemetry.Answer(0, AppendStatus.Refused);
        harness.Run();
        Assert.Equal(MqttReasonCode.ImplementationSpecificError, car.TakeOne().Reason);
        Assert.Empty(old.Take());
        Assert.True(old.IsClosed);
    }

    [Fact]
    public void QoS_2_retained_messages_and_topic_aliases_are_refused_as_announced()
    {
        var harness = new GatewayHarness();
        Assert.Equal(MqttReasonCode.QoSNotSupported, harness.Client("a").Publish("telemetry/a", "x", 1, qos: 2).TakeOne().Reason);
        Assert.Equal(MqttReasonCode.RetainNotSupported, harness.Client("b").Publish("telemetry/b", "x", 1, retain: true).TakeOne().Reason);
        Assert.Equal(
            MqttReasonCode.TopicAliasInvalid,
            harness.Client("c").Publish("telemetry/c", "x", 1, add: properties => properties.Add(MqttPropertyId.TopicAlias, 1)).TakeOne().Reason);
        var old = harness.Client("d", MqttProtocolVersion.V311).Publish("telemetry/d", "x", 1, qos: 2);
        Assert.True(old.IsClosed);
        Assert.Empty(old.Take());
    }

    [Fact]
    public void Bytes_may_come_one_by_one()
    {
        var harness = new GatewayHarness();
        var car = harness.Client("car-1");
        foreach (var one in car.PublishBytes("telemetry/car-1", "hello", 3))
        {
            car.Send([one]);
        }

        Assert.Equal("hello", Assert.Single(harness.Telemetry.Appended).Text);
        Assert.Equal(3, car.TakeOne().PacketId);
    }
}
