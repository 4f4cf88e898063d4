using Telematics.Mqtt.Packets;
using Xunit;

namespace Telematics.Tests.Mqtt.Packets;

public sealed class MqttPropertyWriterTests
{
    [Fact]
    public void Every_kind_has_its_bytes()
    {
        var properties = Bytes.Properties(
            new byte[64],
            (MqttPropertyId.RetainAvailable, 1),
            (MqttPropertyId.ServerKeepAlive, 480),
            (MqttPropertyId.SessionExpiryInterval, 3600),
            (MqttPropertyId.SubscriptionIdentifier, 300),
            (MqttPropertyId.ReasonString, "no"),
            (MqttPropertyId.CorrelationData, new byte[] { 0, 255 }),
            (MqttPropertyId.UserProperty, ("k", "v")));
        Assert.Equal(Bytes.Of("25 01 13 01E0 11 00000E10 0B AC02 1F 0002 'no' 09 0002 00FF 26 0001 'k' 0001 'v'"), properties.Encoded.ToArray());
    }

    [Fact]
    public void A_property_of_another_packet_is_copied()
    {
        var source = Bytes.Properties(new byte[64], (MqttPropertyId.ContentType, "t"), (MqttPropertyId.UserProperty, ("k", "v")), (MqttPropertyId.MessageExpiryInterval, 7));
        var copy = new MqttPropertyWriter(new byte[64]);
        foreach (var property in source)
        {
            copy.Add(property);
        }

        Assert.Equal(source.Encoded.ToArray(), copy.Properties.Encoded.ToArray());
    }

    [Fact]
    public void A_value_of_the_wrong_kind_is_an_error_of_the_program()
    {
        Assert.Throws<ArgumentException>(() => new MqttPropertyWriter(new byte[8]).Add(MqttPropertyId.ContentType, 1));
        Assert.Throws<ArgumentException>(() => new MqttPropertyWriter(new byte[8]).Add(MqttPropertyId.ReceiveMaximum, "x"u8));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MqttPropertyWriter(new byte[8]).Add(MqttPropertyId.ReceiveMaximum, 65_536));
    }
}
