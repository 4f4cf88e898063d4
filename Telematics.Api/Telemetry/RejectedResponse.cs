using Telematics.Contracts.Telemetry;
using Telematics.Storage.Model;

namespace Telematics.Api.Telemetry;

/// <summary>A message, or a sample of one, that could not be accepted.</summary>
internal sealed record RejectedResponse
{
    /// <summary>Growing number.</summary>
    public required long Id { get; init; }

    /// <summary>Topic of the message log.</summary>
    public required string Topic { get; init; }

    /// <summary>Broker of its queue.</summary>
    public required string Broker { get; init; }

    /// <summary>Its queue.</summary>
    public required int QueueId { get; init; }

    /// <summary>Its offset in the queue.</summary>
    public required long QueueOffset { get; init; }

    /// <summary>When it was stored in the log.</summary>
    public required DateTime StoredAt { get; init; }

    /// <summary>MQTT client identifier of the publisher.</summary>
    public string? ClientId { get; init; }

    /// <summary>The vehicle that its MQTT topic names.</summary>
    public string? VehicleId { get; init; }

    /// <summary>Why.</summary>
    public required RejectReason Reason { get; init; }

    /// <summary>Field, limit, value, position.</summary>
    public required string Detail { get; init; }

    /// <summary>The body, untouched, in base64.</summary>
    public required byte[] Payload { get; init; }

    public static RejectedResponse From(RejectedMessage message) => new()
    {
        Id = message.Id,
        Topic = message.Topic,
        Broker = message.Broker,
        QueueId = message.QueueId,
        QueueOffset = message.QueueOffset,
        StoredAt = message.StoredAt,
        ClientId = message.ClientId,
        VehicleId = message.VehicleId,
        Reason = message.Reason,
        Detail = message.Detail,
        Payload = message.Payload,
    };
}
