using System.Text.Json.Serialization;

namespace Telematics.Contracts.Presence;

/// <summary>Kinds of messages on <see cref="TopicNames.VehicleEvent"/>; the name in camel case is the message's tag.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<VehicleEventType>))]
public enum VehicleEventType
{
    /// <summary>A channel was opened (key: client id).</summary>
    Connect,

    /// <summary>The client said DISCONNECT (key: client id); <see cref="TcpClean"/> follows.</summary>
    Disconnect,

    /// <summary>The channel is gone, always sent (key: client id).</summary>
    TcpClean,

    /// <summary>A channel that goes on under its gateway's new instance id (key: client id).</summary>
    Announce,

    /// <summary>A gateway instance begins (key: instance).</summary>
    InstanceStart,

    /// <summary>A gateway instance lives; every 5 s (key: instance).</summary>
    InstanceBeat,

    /// <summary>A gateway instance has ended, for good: said by itself or, after 15 s of silence, by Commands (key: instance).</summary>
    InstanceEnd,
}
