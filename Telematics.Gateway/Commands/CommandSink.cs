using System.Buffers.Text;
using System.Text;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Gateway.Downlink;
using Telematics.Gateway.Presence;
using Telematics.Gateway.Sessions;
using Telematics.Gateway.Topics;
using Telematics.Messaging;

namespace Telematics.Gateway.Commands;

/// <summary>Reads orders from the command topic and gives each to the loop, or the loops, that it concerns.</summary>
internal sealed class CommandSink(GatewayShared shared, GatewayInstance instance) : ITailSink
{
    /// <summary>Tag of what concerns every gateway.</summary>
    public const string AllTag = "ALL";

    private static readonly byte[] BroadcastTopic = Encoding.UTF8.GetBytes($"{TopicNames.Command}/all");

    /// <inheritdoc/>
    public ValueTask OnBatchAsync(MessageBatch batch, IReadOnlyList<bool> isRepeat, CancellationToken cancellationToken)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            if (isRepeat[i])
            {
                continue;
            }

            var view = batch[i];

            // The log may return more than the filter asks for.
            var isOwn = instance.IsCurrent(view.Tag);
            if ((isOwn || view.Tag.SequenceEqual("ALL"u8)) && !TryTake(view, isOwn))
            {
                shared.Logger.OrderUnusable(view.Offset);
            }
        }

        return ValueTask.CompletedTask;
    }

    private bool TryTake(in MessageView view, bool isOwn)
    {
        var properties = view.Properties;
        if (!Enum.TryParse<GatewayOrderKind>(properties.GetString(MessagePropertyNames.OrderKind), ignoreCase: true, out var kind))
        {
            return false;
        }

        var key = Encoding.UTF8.GetString(view.Key);
        switch (kind)
        {
            case GatewayOrderKind.Directed when TryMakeOrder(view, key, out var order):
                Direct(order!, key, isOwn);
                return true;
            case GatewayOrderKind.Broadcast when TryMakeOrder(view, vehicleId: null, out var order):
                shared.PostToAll(new BroadcastWork(order!));
                return true;
            case GatewayOrderKind.CloseChannel:
                shared.Verifier?.Forget(key);
                return TryClose(properties.GetString(MessagePropertyNames.ChannelId), key);
            case GatewayOrderKind.Withdraw when TryGetCommandId(properties, out var commandId):
                shared.PostToAll(new WithdrawWork(commandId, Guid.TryParse(key, out var keyId) && keyId == commandId ? null : key));
                return true;
            case GatewayOrderKind.InstanceEnded:
                if (properties.TryGet(MessagePropertyNames.Instance, out var ended))
                {
                    instance.OnEnded(ended);
                    return true;
                }

                return false;
            default:
                return false;
        }
    }

    private void Direct(OutboundMessage order, string vehicleId, bool isOwn)
    {
        if (shared.Directory.TryFind(vehicleId.AsSpan(), out var address))
        {
            shared.Loops[address.Loop].Post(new DirectedWork(order, isOwn));
        }
        else if (isOwn)
        {
            shared.Loops[0].Post(new NotHereWork(order));
        }

        // Without log-ins anybody on this machine may watch a car's orders.
        if (shared.Options.Authentication == GatewayAuthentication.None)
        {
            foreach (var loop in shared.Loops)
            {
                if (loop.Subscriptions.Count > 0)
                {
                    loop.Post(new TopicWork([order]));
                }
            }
        }
    }

    private bool TryClose(string? channelId, string vehicleId)
    {
        if (string.IsNullOrEmpty(channelId))
        {
            // To all loops: the vehicle may be between its log-in and its session.
            shared.PostToAll(new CloseVehicleWork(vehicleId));
            return true;
        }

        if (shared.Channels.TryParse(channelId, out var loop, out var slot, out var generation) && loop < shared.Loops.Count)
        {
            shared.Loops[loop].Post(new CloseChannelWork(slot, generation));
        }

        return true;
    }

    private static bool TryMakeOrder(in MessageView view, string? vehicleId, out OutboundMessage? order)
    {
        order = null;
        var properties = view.Properties;
        if (!TryGetCommandId(properties, out var commandId) || (vehicleId is not null && !VehicleId.IsValid(vehicleId.AsSpan())))
        {
            return false;
        }

        var attempt = properties.TryGet(MessagePropertyNames.Attempt, out var text) && Utf8Parser.TryParse(text, out int number, out _) ? number : 1;
        var expiresAt = properties.TryGet(MessagePropertyNames.NotAfter, out text) && Utf8Parser.TryParse(text, out long moment, out _) ? moment : OutboundMessage.Never;
        order = new OutboundMessage
        {
            Topic = vehicleId is null ? BroadcastTopic : Encoding.UTF8.GetBytes($"{TopicNames.Command}/p2p/{vehicleId}"),
            Payload = view.Body.ToArray(),
            QualityOfService = 1,
            ExpiresAt = expiresAt,
            PeerToPeerClient = vehicleId,
            Order = new Order(commandId, attempt),
            CorrelationData = Encoding.UTF8.GetBytes(commandId.ToString()),
        };
        return true;
    }

    private static bool TryGetCommandId(in MessageProperties properties, out Guid commandId)
    {
        commandId = default;
        return properties.TryGet(MessagePropertyNames.CommandId, out var text) && Utf8Parser.TryParse(text, out commandId, out var consumed) && consumed == text.Length;
    }
}
