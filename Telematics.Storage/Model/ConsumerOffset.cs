namespace Telematics.Storage.Model;

/// <summary>How far a consumer group is in a queue. Key: (group, topic, broker, queue id).</summary>
public sealed class ConsumerOffset
{
    /// <summary>As <see cref="Broker"/>: a position in a table of this database (<c>registry_change</c>), not in the message log.</summary>
    public const string DatabaseBroker = "database";

    public required string Group { get; set; }

    public required string Topic { get; set; }

    public required string Broker { get; set; }

    public int QueueId { get; set; }

    /// <summary>The offset to go on from.</summary>
    public long NextOffset { get; set; }

    /// <summary>Offset of the last applied message; -1 before the first.</summary>
    public long LastOffset { get; set; }

    /// <summary>Store time of that message in milliseconds since 1970-01-01 UTC: compared with the log, so that a wiped or exchanged store is noticed.</summary>
    public long LastStoreTime { get; set; }

    /// <summary>Where to go on within the message at <see cref="NextOffset"/>, of which a part was applied: in the terms of who applies it; 0 = at its beginning.</summary>
    public long NextPart { get; set; }
}
