namespace Telematics.Storage.Model;

/// <summary>The highest number applied per consumer group, queue and producer instance: a message not above it is a producer's repeat.</summary>
public sealed class ProducerProgress
{
    public required string Group { get; set; }

    public required string Topic { get; set; }

    public required string Broker { get; set; }

    public int QueueId { get; set; }

    /// <summary>10 bytes.</summary>
    public required byte[] Instance { get; set; }

    public long Number { get; set; }

    public DateTime UpdatedAt { get; set; }
}
