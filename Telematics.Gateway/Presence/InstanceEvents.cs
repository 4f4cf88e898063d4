using System.Text.Json;
using Telematics.Contracts;
using Telematics.Contracts.Presence;
using Telematics.Messaging;

namespace Telematics.Gateway.Presence;

/// <summary>Events of the gateway instance itself.</summary>
internal static class InstanceEvents
{
    /// <summary>Appends one; completes when it is stored.</summary>
    public static Task<AppendOutcome> AppendInstanceEventAsync(
        this IMessageProducer producer, VehicleEventType type, string instance, TimeProvider time, string? reason = null, CancellationToken cancellationToken = default)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new VehicleEvent { EventType = type, Instance = instance, Reason = reason, Time = time.GetUtcNow().ToUnixTimeMilliseconds() },
            ContractsJson.Default.VehicleEvent);
        return producer.AppendAsync(instance, body, VehicleEventTags.NameOf(type), cancellationToken: cancellationToken);
    }
}
