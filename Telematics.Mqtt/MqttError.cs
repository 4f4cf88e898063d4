namespace Telematics.Mqtt;

/// <summary>Why a packet was refused: what the peer is told, and what the operator reads. The default value means no error.</summary>
/// <param name="ReasonCode">MQTT 5.0 reason code, 0x80 or above; 3.1.1 can only close, except in answer to CONNECT.</param>
/// <param name="Text">Names the field, the value and the statement of the specification; fit for a Reason String.</param>
public readonly record struct MqttError(MqttReasonCode ReasonCode, string Text)
{
    /// <summary>Whether there is an error.</summary>
    public bool IsError => ReasonCode != MqttReasonCode.Success;

    /// <summary>Data that cannot be parsed, §4.13.</summary>
    public static MqttError Malformed(string text) => new(MqttReasonCode.MalformedPacket, text);

    /// <summary>Well-formed, and not allowed here, §4.13.</summary>
    public static MqttError Protocol(string text) => new(MqttReasonCode.ProtocolError, text);
}
