namespace Telematics.Messaging;

/// <summary>The parts of a message to append, by span: <see cref="IMessageProducer.Append"/> copies them before it returns.</summary>
public readonly ref struct OutgoingMessage
{
    /// <summary>Decides the queue (<see cref="QueueSelector"/>), and thereby what keeps its order; UTF-8, 1 to 255 bytes.</summary>
    public required ReadOnlySpan<byte> Key { get; init; }

    /// <summary>What readers can filter by; UTF-8, up to 127 bytes, may be empty, never holds <c>||</c> or blanks.</summary>
    public ReadOnlySpan<byte> Tag { get; init; }

    /// <summary>Properties as <see cref="MessagePropertiesWriter"/> wrote them, up to 32,767 bytes; may be empty.</summary>
    public ReadOnlySpan<byte> Properties { get; init; }

    /// <summary>The payload, untouched, from 0 bytes up to the log's limit.</summary>
    public ReadOnlySpan<byte> Body { get; init; }
}
