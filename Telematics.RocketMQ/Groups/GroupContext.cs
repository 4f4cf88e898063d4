using Microsoft.Extensions.Logging;
using Telematics.RocketMQ.Remoting;
using Telematics.RocketMQ.Routing;

namespace Telematics.RocketMQ.Groups;

/// <summary>
/// What a member works with. The client is the member's own: a broker knows a group's members by their connections, so two members
/// on one connection would be one to it.
/// </summary>
internal sealed record GroupContext(RemotingClient Client, RouteTable Routes, RocketMQOptions Options, TimeProvider Time, ILogger Logger);
