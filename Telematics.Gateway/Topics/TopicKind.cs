namespace Telematics.Gateway.Topics;

/// <summary>Who writes a topic, and who gets it.</summary>
public enum TopicKind
{
    /// <summary>Clients write; gateways never read it back.</summary>
    Uplink,

    /// <summary>Only servers write; gateways deliver it to clients.</summary>
    Downlink,

    /// <summary>Clients and servers write; every gateway delivers it to its subscribers.</summary>
    Exchange,
}
