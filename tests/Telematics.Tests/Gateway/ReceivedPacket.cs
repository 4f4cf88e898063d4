using System.Text;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Xunit;

namespace Telematics.Tests.Gateway;

/// <summary>A packet from the server.</summary>
internal sealed record ReceivedPacket(MqttPacketType Type)
{
    public MqttReasonCode Reason { get; private init; }

    public bool SessionPresent { get; private init; }

    public ushort PacketId { get; private init; }

    public string Topic { get; private init; } = string.Empty;

    public string Payload { get; private init; } = string.Empty;

    public int Qos { get; private init; }

    public bool IsDuplicate { get; private init; }

    public byte[] Codes { get; private init; } = [];

    public Dictionary<MqttPropertyId, uint> Numbers { get; } = [];

    public Dictionary<MqttPropertyId, string> Texts { get; } = [];

    public List<(string Name, string Value)> UserProperties { get; } = [];

    public static ReceivedPacket Parse(in MqttFixedHeader header, ReadOnlySpan<byte> body, MqttProtocolVersion version)
    {
        MqttError error = default;
        ReceivedPacket result;
        MqttProperties properties = default;
        switch (header.Type)
        {
            case MqttPacketType.Connack:
                Assert.True(ConnackPacket.TryParse(body, version, out var connack, out error), error.Text);
                properties = connack.Properties;
                result = new ReceivedPacket(header.Type) { Reason = connack.ReasonCode, SessionPresent = connack.SessionPresent };
                break;
            case MqttPacketType.Publish:
                Assert.True(PublishPacket.TryParse(body, header.Flags, version, MqttSender.Server, out var publish, out error), error.Text);
                properties = publish.Properties;
                result = new ReceivedPacket(header.Type)
                {
                    Topic = Encoding.UTF8.GetString(publish.Topic),
                    Payload = Encoding.UTF8.GetString(publish.Payload),
                    PacketId = publish.PacketId,
                    Qos = (int)publish.QualityOfService,
                    IsDuplicate = publish.Duplicate,
                };
                break;
            case MqttPacketType.Puback:
                Assert.True(PubackPacket.TryParse(body, header.Type, version, out var puback, out error), error.Text);
                result = new ReceivedPacket(header.Type) { PacketId = puback.PacketId, Reason = puback.ReasonCode };
                break;
            case MqttPacketType.Suback or MqttPacketType.Unsuback:
                Assert.True(SubackPacket.TryParse(body, header.Type, version, out var suback, out error), error.Text);
                result = new ReceivedPacket(header.Type) { PacketId = suback.PacketId, Codes = suback.ReasonCodes.ToArray() };
                break;
            case MqttPacketType.Disconnect:
                Assert.True(DisconnectPacket.TryParse(body, version, MqttSender.Server, out var disconnect, out error), error.Text);
                properties = disconnect.Properties;
                result = new ReceivedPacket(header.Type) { Reason = disconnect.ReasonCode };
                break;
            default:
                result = new ReceivedPacket(header.Type);
                break;
        }

        foreach (var property in properties)
        {
            if (property.Id == MqttPropertyId.UserProperty)
            {
                result.UserProperties.Add((Encoding.UTF8.GetString(property.Name), Encoding.UTF8.GetString(property.Value)));
            }
            else if (property.Value.IsEmpty)
            {
                result.Numbers[property.Id] = property.Number;
            }
            else
            {
                result.Texts[property.Id] = Encoding.UTF8.GetString(property.Value);
            }
        }

        return result;
    }
}
