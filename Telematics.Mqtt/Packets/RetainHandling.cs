namespace Telematics.Mqtt.Packets;

/// <summary>Which retained messages a subscription wants, MQTT 5.0 §3.8.3.1.</summary>
public enum RetainHandling : byte
{
    /// <summary>All, at each SUBSCRIBE.</summary>
    Send = 0,

    /// <summary>All, if the subscription did not exist.</summary>
    SendIfNew = 1,

    /// <summary>None.</summary>
    DoNotSend = 2,
}
