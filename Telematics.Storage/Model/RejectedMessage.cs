using Telematics.Contracts.Telemetry;

namespace Telematics.Storage.Model;

/// <summary>A message, or a sample of one, that could not be accepted: kept where an operator can see it (table <c>telemetry_rejected</c>).</summary>
public sealed class RejectedMessage
{
    public long Id { get; set; }

    public required string Topic { get; set; }

    public required string Broker { get; set; }

    public int QueueId { get; set; }

    public long QueueOffset { get; set; }

    public DateTime StoredAt { get; set; }

    public string? ClientId { get; set; }

    public string? VehicleId { get; set; }

    public RejectReason Reason { get; set; }

    /// <summary>Field, limit, value, position.</summary>
    public required string Detail { get; set; }

    /// <summary>The body, untouched; of a record that the message log cannot decode its first 64 KiB.</summary>
    public required byte[] Payload { get; set; }
}
