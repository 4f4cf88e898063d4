using System.Text.Json.Serialization;

namespace Telematics.Contracts.Commands;

/// <summary>What a message on <see cref="TopicNames.Command"/> asks of gateways (property <c>orderKind</c>, camel case).</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<GatewayOrderKind>))]
public enum GatewayOrderKind
{
    /// <summary>Deliver the body to one car (tag: gateway instance; properties commandId, attempt, notAfter, channelId; key: vehicle).</summary>
    Directed,

    /// <summary>Deliver the body to every connection that is a car and to every subscriber of <c>command/all</c> (tag <c>ALL</c>; properties commandId, attempt, notAfter).</summary>
    Broadcast,

    /// <summary>Close a channel (tag: instance or <c>ALL</c>; properties channelId, reason; key: vehicle). A close empties that log-in from the gateway's cache.</summary>
    CloseChannel,

    /// <summary>Withdraw what is not yet delivered of a command (tag <c>ALL</c>; property commandId; key: vehicle, or the command id when it is a broadcast).</summary>
    Withdraw,

    /// <summary>Your instance has been ended: take a new id and announce your connections (tag <c>ALL</c>; property instance).</summary>
    InstanceEnded,
}
