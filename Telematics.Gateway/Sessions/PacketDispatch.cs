using Telematics.Mqtt;
using Telematics.Mqtt.Packets;

namespace Telematics.Gateway.Sessions;

/// <summary>Which packet goes where, and what may come when.</summary>
internal sealed class PacketDispatch(SessionLoop loop)
{
    /// <summary>Whether a first byte cannot stand here: before CONNECT nothing else, after it no second one.</summary>
    public bool IsOutOfPlace(int slot, byte first, out MqttError error)
    {
        var isConnect = first >> 4 == (int)MqttPacketType.Connect;
        var isAwaited = loop.Connections[slot].State == ConnectionState.AwaitingConnect;
        error = isConnect == isAwaited
            ? default
            : new MqttError(MqttReasonCode.ProtocolError, isConnect ? "a second CONNECT [MQTT-3.1.0-2]" : "the first packet is not CONNECT [MQTT-3.1.0-1]");
        return error.IsError;
    }

    /// <summary>Takes a whole packet; false when it must wait.</summary>
    public bool TryTake(int slot, in MqttFixedHeader header, ReadOnlySpan<byte> body)
    {
        var version = loop.Connections[slot].Version;
        MqttError error = default;
        switch (header.Type)
        {
            case MqttPacketType.Connect:
                loop.Connects.OnConnect(slot, body);
                return true;
            case MqttPacketType.Publish:
                return loop.Publishes.TryTake(slot, header.Flags, body);
            case MqttPacketType.Puback when PubackPacket.TryParse(body, MqttPacketType.Puback, version, out var puback, out error):
                loop.Deliveries.OnPuback(slot, puback.PacketId, puback.ReasonCode);
                return true;
            case MqttPacketType.Puback:
                break;
            case MqttPacketType.Subscribe when SubscribePacket.TryParse(body, version, out var subscribe, out error):
                loop.Subscriptions.OnSubscribe(slot, subscribe);
                return true;
            case MqttPacketType.Subscribe:
                break;
            case MqttPacketType.Unsubscribe when UnsubscribePacket.TryParse(body, version, out var unsubscribe, out error):
                loop.Subscriptions.OnUnsubscribe(slot, unsubscribe);
                return true;
            case MqttPacketType.Unsubscribe:
                break;
            case MqttPacketType.Pingreq when PingPacket.TryParse(body, out error):
                loop.Output.Write(slot, PrebuiltPackets.Pingresp);
                return true;
            case MqttPacketType.Pingreq:
                break;
            case MqttPacketType.Disconnect when DisconnectPacket.TryParse(body, version, MqttSender.Client, out var disconnect, out error):
                loop.Ends.OnDisconnect(slot, disconnect);
                return true;
            case MqttPacketType.Disconnect:
                break;
            default:
                // QoS 2 is not offered, enhanced authentication neither, and the rest are the server's packets.
                error = new MqttError(MqttReasonCode.ProtocolError, $"{header.Type} is not expected from this client (§4.13)");
                break;
        }

        Refuse(slot, error);
        return true;
    }

    /// <summary>Ends a connection for what it sent.</summary>
    public void Refuse(int slot, in MqttError error)
    {
        var reason = error.ReasonCode switch
        {
            MqttReasonCode.MalformedPacket => EndReason.MalformedPacket,
            MqttReasonCode.PacketTooLarge => EndReason.PacketTooLarge,
            _ => EndReason.ProtocolError,
        };
        loop.Shared.Logger.PacketRefused(loop.Connections[slot].ClientId, error.ReasonCode, error.Text);
        loop.Ends.End(slot, reason, error.ReasonCode);
    }
}
