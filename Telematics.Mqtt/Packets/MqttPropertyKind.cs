namespace Telematics.Mqtt.Packets;

/// <summary>Data types of properties, MQTT 5.0 §2.2.2.2 table 2-4.</summary>
internal enum MqttPropertyKind
{
    None,
    Byte,
    TwoByteInteger,
    FourByteInteger,
    VariableByteInteger,
    Text,
    Binary,
    TextPair,
}
