namespace Telematics.Mqtt;

/// <summary>Quality of service levels, MQTT 5.0 §4.3.</summary>
public enum QualityOfService : byte
{
    /// <summary>QoS 0, §4.3.1: no answer.</summary>
    AtMostOnce = 0,

    /// <summary>QoS 1, §4.3.2: answered by PUBACK.</summary>
    AtLeastOnce = 1,

    /// <summary>QoS 2, §4.3.3: PUBREC, PUBREL, PUBCOMP.</summary>
    ExactlyOnce = 2,
}
