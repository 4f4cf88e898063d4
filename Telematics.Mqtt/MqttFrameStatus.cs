namespace Telematics.Mqtt;

/// <summary>What stands at the beginning of a buffer.</summary>
public enum MqttFrameStatus
{
    /// <summary>Bytes are missing; read on.</summary>
    Incomplete,

    /// <summary>A whole packet.</summary>
    Complete,

    /// <summary>Nothing that could become a packet, or one larger than allowed: answer the error's reason and close.</summary>
    Invalid,
}
