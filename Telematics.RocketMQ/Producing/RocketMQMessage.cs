namespace Telematics.RocketMQ.Producing;

/// <summary>A message for <see cref="RocketMQSender"/>.</summary>
public sealed record RocketMQMessage
{
    /// <summary>An existing topic, none of RocketMQ's own.</summary>
    public required string Topic { get; init; }

    /// <summary>The content, at least 1 byte; 4 MiB unless the broker is set otherwise, after compression.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>What consumers filter by; empty: none. Without blanks and <c>||</c>.</summary>
    public string Tag { get; init; } = "";

    /// <summary>What the message can be looked up by (<c>mqadmin queryMsgByKey</c>); without blanks.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>Further properties. Names that RocketMQ interprets are refused; those with an empty value are dropped by the broker.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Messages with the same one go into the same queue, the one that other clients' <c>SelectMessageQueueByHash</c> takes for
    /// it; empty: any queue.
    /// </summary>
    public string ShardingKey { get; init; } = "";

    /// <summary>When it is delivered, up to 3 days ahead unless the broker is set otherwise, about a second precise; null: at once.</summary>
    public DateTimeOffset? DeliverAt { get; init; }

    /// <summary>The delay as one of the broker's levels, 1 (1 s) to 18 (2 h) unless it is set otherwise; null: none. Not together with <see cref="DeliverAt"/>.</summary>
    public int? DelayLevel { get; init; }
}
