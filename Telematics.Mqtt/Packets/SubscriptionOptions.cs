namespace Telematics.Mqtt.Packets;

/// <summary>Subscription Options, MQTT 5.0 §3.8.3.1; in 3.1.1 only the QoS.</summary>
/// <param name="Value">The byte of the packet.</param>
public readonly record struct SubscriptionOptions(byte Value)
{
    /// <summary>Options from their parts.</summary>
    public SubscriptionOptions(QualityOfService qualityOfService, bool noLocal = false, bool retainAsPublished = false, RetainHandling retainHandling = RetainHandling.Send)
        : this((byte)((int)qualityOfService | (noLocal ? 0x04 : 0) | (retainAsPublished ? 0x08 : 0) | (int)retainHandling << 4))
    {
    }

    /// <summary>Greatest QoS at which the server may send.</summary>
    public QualityOfService QualityOfService => (QualityOfService)(Value & 3);

    /// <summary>The client does not want its own messages.</summary>
    public bool NoLocal => (Value & 0x04) != 0;

    /// <summary>RETAIN is kept as it was published.</summary>
    public bool RetainAsPublished => (Value & 0x08) != 0;

    /// <summary>Which retained messages are wanted.</summary>
    public RetainHandling RetainHandling => (RetainHandling)(Value >> 4 & 3);
}
