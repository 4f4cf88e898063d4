namespace Telematics.Mqtt;

/// <summary>Control packet types, MQTT 5.0 §2.1.2.</summary>
public enum MqttPacketType : byte
{
    /// <summary>Reserved, never valid.</summary>
    Reserved = 0,

    /// <summary>§3.1, client to server.</summary>
    Connect = 1,

    /// <summary>§3.2, server to client.</summary>
    Connack = 2,

    /// <summary>§3.3, both ways.</summary>
    Publish = 3,

    /// <summary>§3.4, answer to QoS 1.</summary>
    Puback = 4,

    /// <summary>§3.5, first answer to QoS 2.</summary>
    Pubrec = 5,

    /// <summary>§3.6, the publisher releases a QoS 2 message.</summary>
    Pubrel = 6,

    /// <summary>§3.7, end of QoS 2.</summary>
    Pubcomp = 7,

    /// <summary>§3.8, client to server.</summary>
    Subscribe = 8,

    /// <summary>§3.9, server to client.</summary>
    Suback = 9,

    /// <summary>§3.10, client to server.</summary>
    Unsubscribe = 10,

    /// <summary>§3.11, server to client.</summary>
    Unsuback = 11,

    /// <summary>§3.12, client to server.</summary>
    Pingreq = 12,

    /// <summary>§3.13, server to client.</summary>
    Pingresp = 13,

    /// <summary>§3.14; from the server only in 5.0.</summary>
    Disconnect = 14,

    /// <summary>§3.15, only in 5.0.</summary>
    Auth = 15,
}
