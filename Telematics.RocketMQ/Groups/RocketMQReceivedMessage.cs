namespace Telematics.RocketMQ.Groups;

/// <summary>A message as a <see cref="RocketMQConsumer"/> hands it over; it owns its memory.</summary>
public sealed class RocketMQReceivedMessage
{
    /// <summary>The topic that it was sent to, also when it comes again from the group's retry topic.</summary>
    public required string Topic { get; init; }

    /// <summary>The broker that holds it.</summary>
    public required string Broker { get; init; }

    /// <summary>Its queue on that broker.</summary>
    public required int QueueId { get; init; }

    /// <summary>Its offset in the queue.</summary>
    public required long Offset { get; init; }

    /// <summary>The identifier that its producer gave it (<c>UNIQ_KEY</c>), else empty. A repeat has the same.</summary>
    public required string MessageId { get; init; }

    /// <summary>The tag; may be empty.</summary>
    public required string Tag { get; init; }

    /// <summary>The keys, separated by blanks; may be empty.</summary>
    public required string Keys { get; init; }

    /// <summary>All its properties, RocketMQ's own among them.</summary>
    public required IReadOnlyDictionary<string, string> Properties { get; init; }

    /// <summary>The payload.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>When it was sent, by the producer's clock.</summary>
    public required DateTimeOffset BornTime { get; init; }

    /// <summary>When it was stored, by the broker's clock.</summary>
    public required DateTimeOffset StoreTime { get; init; }

    /// <summary>How often the group has put it off.</summary>
    public required int ReconsumeTimes { get; init; }

    /// <summary>Where the record is in the broker's log.</summary>
    internal long CommitLogOffset { get; init; }
}
