using Telematics.Gateway.Topics;
using Xunit;

namespace Telematics.Tests.Gateway;

/// <summary>Server applications write to downlink and exchange topics as they do for Alibaba's MQTT service.</summary>
public sealed class ForeignProducerTests
{
    private readonly GatewayHarness _harness = new(configure: static options => options.Topics["notice"] = TopicKind.Downlink);

    [Fact]
    public void The_second_topic_chooses_the_subscribers()
    {
        var client = _harness.Client("phone-1");
        client.Subscribe("notice/news/#").Take();
        _harness.AppendForeign("notice", "for you", ("mqttSecondTopic", "/news/today"));
        _harness.AppendForeign("notice", "for others", ("mqttSecondTopic", "/weather"));
        var message = client.TakeOne();
        Assert.Equal(("notice/news/today", "for you"), (message.Topic, message.Payload));
        Assert.Empty(client.Take());
    }

    [Fact]
    public void A_message_to_one_client_needs_no_subscription_and_may_show_it_another_topic()
    {
        var client = _harness.Client("phone-1");
        var other = _harness.Client("phone-2");
        _harness.AppendForeign("notice", "one", ("mqttSecondTopic", "/p2p/phone-1"));
        _harness.AppendForeign("notice", "two", ("mqttSecondTopic", "/p2p/phone-1"), ("mqttRealTopic", "notice/inbox"));
        _harness.AppendForeign("notice", "three", ("mqttSecondTopic", "/p2p/phone-1"), ("mqttRealTopic", "not/a/#/name"));
        Assert.Equal(
            [("notice/p2p/phone-1", "one"), ("notice/inbox", "two"), ("notice/p2p/phone-1", "three")],
            client.Take().Select(message => (message.Topic, message.Payload)));
        Assert.Empty(other.Take());
    }

    [Fact]
    public void A_topic_for_subscribers_is_always_the_one_that_they_subscribed_to()
    {
        var client = _harness.Client("phone-1");
        client.Subscribe("notice/news").Take();
        _harness.AppendForeign("notice", "x", ("mqttSecondTopic", "/news"), ("mqttRealTopic", "notice/else"));
        Assert.Equal("notice/news", client.TakeOne().Topic);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1", 1)]
    [InlineData(null, 1)]
    public void The_sender_chooses_the_quality_and_1_is_the_default(string? level, int expected)
    {
        var client = _harness.Client("phone-1");
        _harness.AppendForeign("notice", "x", level is null ? [("mqttSecondTopic", "/p2p/phone-1")] : [("mqttSecondTopic", "/p2p/phone-1"), ("qoslevel", level)]);
        Assert.Equal(expected, client.TakeOne().Qos);
    }
}
