namespace Telematics.Gateway.Downlink;

/// <summary>A message for clients, read from the log once and shared by all loops and receivers.</summary>
internal sealed class OutboundMessage
{
    /// <summary>No expiry.</summary>
    public const long Never = long.MaxValue;

    /// <summary>The MQTT topic.</summary>
    public required byte[] Topic { get; init; }

    /// <summary>The topic that the client is shown instead, which the sender of a peer-to-peer message may choose; null: <see cref="Topic"/>.</summary>
    public byte[]? ShownTopic { get; init; }

    public required byte[] Payload { get; init; }

    /// <summary>0 or 1.</summary>
    public required int QualityOfService { get; init; }

    /// <summary>Not to be written after this moment, in milliseconds since 1970-01-01 UTC.</summary>
    public long ExpiresAt { get; init; } = Never;

    /// <summary>The one client for which it is, or null.</summary>
    public string? PeerToPeerClient { get; init; }

    /// <summary>The publisher's client identifier, for No Local.</summary>
    public string? Publisher { get; init; }

    /// <summary>What it is of a command, or null.</summary>
    public Order? Order { get; init; }

    public byte[]? ContentType { get; init; }

    public byte[]? ResponseTopic { get; init; }

    public byte[]? CorrelationData { get; init; }

    public byte? PayloadFormat { get; init; }

    public IReadOnlyList<(byte[] Name, byte[] Value)> UserProperties { get; init; } = [];

    /// <summary>Roughly what it holds in memory.</summary>
    public int Size => 128 + Topic.Length + (ShownTopic?.Length ?? 0) + Payload.Length + (ContentType?.Length ?? 0) + (ResponseTopic?.Length ?? 0) + (CorrelationData?.Length ?? 0);
}

/// <summary>A command in a message.</summary>
/// <param name="CommandId">The command.</param>
/// <param name="Attempt">Number of the attempt.</param>
internal sealed record Order(Guid CommandId, int Attempt);
