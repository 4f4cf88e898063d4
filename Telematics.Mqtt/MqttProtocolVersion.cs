namespace Telematics.Mqtt;

/// <summary>Protocol Level (3.1.1 §3.1.2.2) or Protocol Version (5.0 §3.1.2.2) of a connection.</summary>
public enum MqttProtocolVersion : byte
{
    /// <summary>Not known yet, or not one of ours.</summary>
    Unknown = 0,

    /// <summary>MQTT 3.1.1.</summary>
    V311 = 4,

    /// <summary>MQTT 5.0.</summary>
    V500 = 5,
}
