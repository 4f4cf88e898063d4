namespace Telematics.Mqtt;

/// <summary>Who wrote a packet; some fields are legal from one side only.</summary>
public enum MqttSender
{
    /// <summary>The client.</summary>
    Client,

    /// <summary>The server.</summary>
    Server,
}
