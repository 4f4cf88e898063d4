using System.Text;
using System.Text.Json;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Messaging;

namespace Telematics.Commands.Dispatch;

/// <summary>Appends to the command topic: what cars are to receive, and what gateways are to do.</summary>
internal sealed class GatewayOrders(IMessageLog log, CommandsMetrics metrics)
{
    /// <summary>Tag of what every gateway reads.</summary>
    public const string AllTag = "ALL";

    private const int MaxPropertiesLength = 1_024;
    private IMessageProducer? _producer;

    private IMessageProducer Producer => _producer ??= log.GetProducer(TopicNames.Command);

    /// <summary>A command for one car.</summary>
    public void Directed(AppendWatch watch, CommandMessage command, string vehicleId, int attempt, string instance, string channelId)
    {
        Span<byte> buffer = stackalloc byte[MaxPropertiesLength];
        var properties = Begin(buffer, GatewayOrderKind.Directed);
        properties.Add(MessagePropertyNames.MqttSecondTopic, $"/p2p/{vehicleId}");
        AddCommand(ref properties, command, attempt);
        properties.Add(MessagePropertyNames.ChannelId, channelId);
        Append(watch, GatewayOrderKind.Directed, vehicleId, instance, properties.Written, command.Body);
    }

    /// <summary>A command for all cars.</summary>
    public void Broadcast(AppendWatch watch, CommandMessage command)
    {
        Span<byte> buffer = stackalloc byte[MaxPropertiesLength];
        var properties = Begin(buffer, GatewayOrderKind.Broadcast);
        properties.Add(MessagePropertyNames.MqttSecondTopic, "/all");
        AddCommand(ref properties, command, attempt: 1);
        Append(watch, GatewayOrderKind.Broadcast, command.IdText, AllTag, properties.Written, command.Body);
    }

    /// <summary>Withdraws what is not yet delivered of a command.</summary>
    /// <param name="watch">Gets the outcome.</param>
    /// <param name="commandId">The command.</param>
    /// <param name="vehicleId">The car, or null for a broadcast.</param>
    public void Withdraw(AppendWatch watch, Guid commandId, string? vehicleId)
    {
        Span<byte> buffer = stackalloc byte[MaxPropertiesLength];
        var properties = Begin(buffer, GatewayOrderKind.Withdraw);
        var id = commandId.ToString("D");
        properties.Add(MessagePropertyNames.CommandId, id);
        Append(watch, GatewayOrderKind.Withdraw, vehicleId ?? id, AllTag, properties.Written, default);
    }

    /// <summary>Closes a channel.</summary>
    /// <param name="watch">Gets the outcome.</param>
    /// <param name="clientId">Whose channel.</param>
    /// <param name="channelId">That channel only; null = whatever channel the client holds, anywhere.</param>
    /// <param name="instance">The gateway instance that holds it; null = all are asked.</param>
    /// <param name="reason">One word.</param>
    public void CloseChannel(AppendWatch watch, string clientId, string? channelId, string? instance, string reason)
    {
        Span<byte> buffer = stackalloc byte[MaxPropertiesLength];
        var properties = Begin(buffer, GatewayOrderKind.CloseChannel);
        if (channelId is not null)
        {
            properties.Add(MessagePropertyNames.ChannelId, channelId);
        }

        properties.Add(MessagePropertyNames.Reason, reason);
        Append(watch, GatewayOrderKind.CloseChannel, clientId, instance ?? AllTag, properties.Written, default);
    }

    /// <summary>Tells an instance that it has been ended.</summary>
    /// <param name="watch">Gets the outcome.</param>
    /// <param name="instance">The instance.</param>
    /// <param name="key">Key of the event that showed that it lives: where that was read this can be stored, whichever other broker is away.</param>
    public void InstanceEnded(AppendWatch watch, string instance, string key)
    {
        Span<byte> buffer = stackalloc byte[MaxPropertiesLength];
        var properties = Begin(buffer, GatewayOrderKind.InstanceEnded);
        properties.Add(MessagePropertyNames.Instance, instance);
        Append(watch, GatewayOrderKind.InstanceEnded, key, AllTag, properties.Written, default);
    }

    private static MessagePropertiesWriter Begin(Span<byte> buffer, GatewayOrderKind kind)
    {
        var properties = new MessagePropertiesWriter(buffer);
        properties.Add(MessagePropertyNames.OrderKind, JsonNamingPolicy.CamelCase.ConvertName(kind.ToString()));
        return properties;
    }

    private static void AddCommand(ref MessagePropertiesWriter properties, CommandMessage command, int attempt)
    {
        properties.Add(MessagePropertyNames.QosLevel, 1);
        properties.Add(MessagePropertyNames.CommandId, command.IdText);
        properties.Add(MessagePropertyNames.Attempt, attempt);
        properties.Add(MessagePropertyNames.NotAfter, new DateTimeOffset(command.NotAfter).ToUnixTimeMilliseconds());
    }

    private void Append(AppendWatch watch, GatewayOrderKind kind, string key, string tag, ReadOnlySpan<byte> properties, ReadOnlySpan<byte> body)
    {
        watch.Append(
            Producer,
            new OutgoingMessage { Key = Encoding.UTF8.GetBytes(key), Tag = Encoding.UTF8.GetBytes(tag), Properties = properties, Body = body },
            owner: 0);
        metrics.Appended(kind, 1);
    }
}
