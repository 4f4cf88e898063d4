using System.Text;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;

namespace Telematics.Gateway.Sessions;

/// <summary>CONNACK of an accepted connection, with what this server offers (MQTT 5.0 §3.2.2.3).</summary>
internal sealed class ConnackWriter(SessionLoop loop)
{
    private const int MaxProperties = 384;

    /// <summary>Writes it.</summary>
    public void Write(int slot, Handshake handshake)
    {
        ref var connection = ref loop.Connections[slot];
        var properties = new MqttPropertyWriter(stackalloc byte[MaxProperties]);
        if (connection.Version == MqttProtocolVersion.V500)
        {
            AddProperties(ref properties, ref connection, handshake);
        }

        var packet = new ConnackPacket { SessionPresent = handshake.SessionPresent, Properties = properties.Properties };
        var span = loop.Output.GetSpan(slot, packet.GetLength(connection.Version));
        loop.Output.Advance(slot, packet.Write(span, connection.Version));
    }

    private void AddProperties(ref MqttPropertyWriter properties, ref Connection connection, Handshake handshake)
    {
        if (handshake.IsExpiryChanged)
        {
            properties.Add(MqttPropertyId.SessionExpiryInterval, handshake.SessionExpiry);
        }

        if (handshake.IsKeepAliveChanged)
        {
            properties.Add(MqttPropertyId.ServerKeepAlive, connection.KeepAlive);
        }

        if (handshake.IsClientIdAssigned)
        {
            properties.Add(MqttPropertyId.AssignedClientIdentifier, Encoding.UTF8.GetBytes(connection.ClientId));
        }

        properties.Add(MqttPropertyId.ReceiveMaximum, (uint)loop.Options.ReceiveMaximum);
        properties.Add(MqttPropertyId.MaximumQoS, 1);
        properties.Add(MqttPropertyId.RetainAvailable, 0);
        properties.Add(MqttPropertyId.MaximumPacketSize, (uint)loop.Options.MaxPacketSize);
        properties.Add(MqttPropertyId.TopicAliasMaximum, 0);
        properties.Add(MqttPropertyId.WildcardSubscriptionAvailable, 1);
        properties.Add(MqttPropertyId.SubscriptionIdentifierAvailable, 1);
        properties.Add(MqttPropertyId.SharedSubscriptionAvailable, 0);
    }
}
