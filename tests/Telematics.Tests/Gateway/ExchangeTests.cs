using Telematics.Contracts;
using Telematics.Gateway;
using Telematics.Gateway.Sessions;
using Telematics.Gateway.Topics;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Xunit;

namespace Telematics.Tests.Gateway;

public sealed class ExchangeTests
{
    private static GatewayHarness Harness(int loops = 1) => new(loops, options =>
    {
        options.Topics["chat"] = TopicKind.Exchange;
        options.Topics["news"] = TopicKind.Downlink;
    });

    [Theory]
    [InlineData("chat/a", MqttReasonCode.GrantedQoS1)]
    [InlineData("news/#", MqttReasonCode.GrantedQoS1)]
    [InlineData("#", MqttReasonCode.GrantedQoS1)]
    [InlineData("+/a", MqttReasonCode.GrantedQoS1)]
    [InlineData("command/p2p/car-1", MqttReasonCode.GrantedQoS1)]
    [InlineData("command/all", MqttReasonCode.GrantedQoS1)]
    [InlineData("telemetry/car-1", MqttReasonCode.NotAuthorized)]
    [InlineData("vehicle-event/#", MqttReasonCode.NotAuthorized)]
    [InlineData("nobody/#", MqttReasonCode.NotAuthorized)]
    [InlineData("$SYS/#", MqttReasonCode.NotAuthorized)]
    [InlineData("$share/g/chat/a", MqttReasonCode.SharedSubscriptionsNotSupported)]
    [InlineData("chat/a#", MqttReasonCode.TopicFilterInvalid)]
    [InlineData("chat/a\u0001", MqttReasonCode.TopicFilterInvalid)]
    public void A_filter_is_granted_or_refused_by_reason(string filter, MqttReasonCode code)
    {
        var harness = Harness();
        Assert.Equal([(byte)code], harness.Client("car-1").Subscribe(filter, qos: 2).TakeOne().Codes);
        var old = harness.Client("car-2", MqttProtocolVersion.V311).Subscribe(filter, qos: 2).TakeOne().Codes;
        Assert.Equal([code == MqttReasonCode.GrantedQoS1 ? (byte)1 : (byte)0x80], old);
    }

    [Fact]
    public void There_may_be_thirty_subscriptions()
    {
        var harness = Harness();
        var client = harness.Client("x");
        for (var i = 0; i < 30; i++)
        {
            client.Subscribe($"chat/{i}");
        }

        client.Take();
        Assert.Equal([(byte)MqttReasonCode.QuotaExceeded], client.Subscribe("chat/30").TakeOne().Codes);
        Assert.Equal([(byte)1], client.Subscribe("chat/3").TakeOne().Codes);
        Assert.Equal([(byte)0], client.Unsubscribe("chat/3").TakeOne().Codes);
        Assert.Equal([(byte)MqttReasonCode.NoSubscriptionExisted], client.Unsubscribe("chat/3").TakeOne().Codes);
        Assert.Equal([(byte)1], client.Subscribe("chat/30").TakeOne().Codes);
    }

    [Fact]
    public void A_message_is_one_copy_with_the_lower_QoS_and_all_identifiers()
    {
        var harness = Harness();
        var client = harness.Client("x");
        client.Subscribe("chat/+", qos: 0, identifier: 5).Subscribe("chat/#", qos: 1, identifier: 6).Take();
        harness.Deliver("chat/a", "1");
        var packet = client.TakeOne();
        Assert.Equal(1, packet.Qos);
        Assert.Contains(packet.Numbers[MqttPropertyId.SubscriptionIdentifier], new uint[] { 5, 6 });
        harness.Deliver("chat/a", "2", qos: 0);
        Assert.Equal(0, client.TakeOne().Qos);
    }

    [Fact]
    public void No_Local_keeps_a_clients_own_messages_from_it()
    {
        var harness = Harness();
        var client = harness.Client("x");
        client.Subscribe("chat/#", noLocal: true).Take();
        harness.Deliver("chat/a", "own", publisher: "x");
        Assert.Empty(client.Take());
        harness.Deliver("chat/a", "other", publisher: "y");
        Assert.Equal("other", client.TakeOne().Payload);
    }

    [Fact]
    public void A_peer_to_peer_message_needs_no_subscription_and_is_one_copy()
    {
        var harness = Harness(loops: 2);
        var client = harness.Client("x", loop: 1);
        client.Subscribe("chat/p2p/x").Take();
        harness.Deliver("chat/p2p/x", "for you", peer: "x");
        Assert.Equal("for you", client.TakeOne().Payload);
    }

    [Fact]
    public void An_exchange_message_is_appended_under_its_publishers_key()
    {
        var harness = Harness();
        harness.Client("x").Publish("chat/room/1", "hi", 1);
        var message = Assert.Single(harness.Log["chat"].Appended);
        Assert.Equal("x", message.Key);
        Assert.Equal("/room/1", message.Properties["mqttSecondTopic"]);
    }

    [Fact]
    public void Undeclared_topics_may_go_into_one_exchange_topic()
    {
        var harness = new GatewayHarness(configure: options => options.UndeclaredTopics = UndeclaredTopics.Exchange);
        var client = harness.Client("x");
        Assert.Equal([(byte)1], client.Subscribe("home/+/light").TakeOne().Codes);
        Assert.Equal(MqttReasonCode.Success, client.Publish("home/1/light", "on", 1).TakeOne().Reason);
        Assert.Equal("/home/1/light", Assert.Single(harness.Log[GatewayOptions.DefaultCatchAllTopic].Appended).Properties["mqttSecondTopic"]);
        Assert.Equal(MqttReasonCode.NotAuthorized, client.Publish("vehicle-event/x", "forged", 2).TakeOne().Reason);
        Assert.Equal(MqttReasonCode.NotAuthorized, client.Publish("mqtt-exchange/x", "forged", 3).TakeOne().Reason);
        Assert.Equal(MqttReasonCode.TopicNameInvalid, client.Publish("$SYS/x", "forged", 4).TakeOne().Reason);
        Assert.Empty(harness.Log[TopicNames.VehicleEvent].Appended.Skip(1));
    }

    [Fact]
    public void The_clients_window_bounds_what_is_under_way_and_the_rest_follows_in_order()
    {
        var harness = Harness();
        var client = harness.Accept().Connect("x", receiveMaximum: 2);
        client.Subscribe("chat/#").Take();
        for (var i = 0; i < 5; i++)
        {
            harness.Deliver("chat/a", $"{i}");
        }

        var first = client.Take();
        Assert.Equal(["0", "1"], first.Select(packet => packet.Payload));
        client.Puback(first[1].PacketId).Puback(first[0].PacketId);
        Assert.Equal(["2", "3"], client.Take().Select(packet => packet.Payload));
    }

    [Fact]
    public void A_client_that_does_not_read_is_closed_when_too_much_waits_for_it()
    {
        var harness = new GatewayHarness(configure: options =>
        {
            options.Topics["chat"] = TopicKind.Exchange;
            options.MaxUnsentBytes = 100_000;
        });
        var client = harness.Client("x");
        client.Subscribe("chat/#", qos: 0).Take();
        client.IsReading = false;
        for (var i = 0; i < 8 && !client.IsClosed; i++)
        {
            harness.Deliver("chat/a", new string('x', 20_000), qos: 0);
        }

        Assert.True(client.IsClosed);
        Assert.True(client.IsAborted);
        Assert.Equal(1, harness.Loop.Counters.Ends(EndReason.SlowReader));
        Assert.Equal("slowReader", harness.Events[^1].Reason);
    }

    [Fact]
    public void A_slow_client_is_not_read_and_gets_no_further_QoS_1_until_it_reads()
    {
        var harness = Harness();
        var client = harness.Client("x");
        client.Subscribe("chat/#").Take();
        client.IsReading = false;
        for (var i = 0; i < 8; i++)
        {
            harness.Deliver("chat/a", new string((char)('0' + i), 20_000));
        }

        Assert.True(client.IsPaused);
        var before = client.Take().Count;
        Assert.InRange(before, 1, 5);
        client.ReadAll();
        Assert.False(client.IsPaused);
        Assert.Equal(8 - before, client.Take().Count);
    }

    [Fact]
    public void Much_in_one_turn_does_not_hold_back_what_the_socket_would_take()
    {
        var harness = Harness();
        var client = harness.Client("x");
        client.Subscribe("chat/#").Take();
        harness.IsStopped = true;
        for (var i = 0; i < 4; i++)
        {
            harness.Deliver("chat/a", new string('x', 30_000), qos: 0);
        }

        harness.Deliver("chat/a", "acknowledged", qos: 1);
        harness.IsStopped = false;
        harness.Run();
        Assert.Equal("acknowledged", client.Take()[^1].Payload);
    }

    [Fact]
    public void MQTT_5_properties_arrive_as_they_were_published()
    {
        var harness = Harness();
        var client = harness.Client("x");
        client.Subscribe("chat/#").Take();
        harness.Client("y").Publish("chat/a", "hi", 1, add: properties => properties
            .Add(MqttPropertyId.ContentType, "text/plain")
            .Add(MqttPropertyId.ResponseTopic, "chat/answers")
            .Add(MqttPropertyId.CorrelationData, "c1")
            .Add(MqttPropertyId.PayloadFormatIndicator, 1)
            .Add(MqttPropertyId.MessageExpiryInterval, 30)
            .AddUser("a", "1")
            .AddUser("a", "2"));
        harness.ReadBack("chat");
        var packet = client.TakeOne();
        Assert.Equal("hi", packet.Payload);
        Assert.Equal("text/plain", packet.Texts[MqttPropertyId.ContentType]);
        Assert.Equal("chat/answers", packet.Texts[MqttPropertyId.ResponseTopic]);
        Assert.Equal("c1", packet.Texts[MqttPropertyId.CorrelationData]);
        Assert.Equal(1u, packet.Numbers[MqttPropertyId.PayloadFormatIndicator]);
        Assert.InRange(packet.Numbers[MqttPropertyId.MessageExpiryInterval], 29u, 30u);
        Assert.Equal([("a", "1"), ("a", "2")], packet.UserProperties);
    }
}
