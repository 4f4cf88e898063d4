namespace Telematics.Messaging;

/// <summary>One stored message, seen in its batch's buffer. Its spans live as long as the <see cref="MessageBatch"/>.</summary>
public readonly ref struct MessageView
{
    private readonly ReadOnlySpan<byte> _buffer;
    private readonly ref readonly MessageRecord _record;

    internal MessageView(ReadOnlySpan<byte> buffer, ref readonly MessageRecord record)
    {
        _buffer = buffer;
        _record = ref record;
    }

    /// <summary>The offset in its queue.</summary>
    public long Offset => _record.Offset;

    /// <summary>When the log stored it, in milliseconds since 1970-01-01 UTC.</summary>
    public long StoreTime => _record.StoreTime;

    /// <summary>The key in UTF-8.</summary>
    public ReadOnlySpan<byte> Key => Slice(_record.Key);

    /// <summary>The tag in UTF-8; may be empty.</summary>
    public ReadOnlySpan<byte> Tag => Slice(_record.Tag);

    /// <summary>The properties.</summary>
    public MessageProperties Properties => new(Slice(_record.Properties));

    /// <summary>The payload.</summary>
    public ReadOnlySpan<byte> Body => Slice(_record.Body);

    /// <summary>The producer's instance (10 bytes), or empty when the message is not to be judged for a producer's repeats.</summary>
    public ReadOnlySpan<byte> ProducerInstance => Slice(_record.ProducerInstance);

    /// <summary>The producer's number of this message: unsigned, 48 bits, growing per (queue, instance).</summary>
    public long ProducerNumber => _record.ProducerNumber;

    private ReadOnlySpan<byte> Slice(BufferRange range) => _buffer.Slice(range.Start, range.Length);
}

/// <summary>A part of a batch's buffer.</summary>
/// <param name="Start">First byte.</param>
/// <param name="Length">Number of bytes; 0 when the part is absent.</param>
public readonly record struct BufferRange(int Start, int Length);

/// <summary>Where in the batch's buffer the parts of one message are; made by the log's engine.</summary>
public readonly record struct MessageRecord
{
    /// <inheritdoc cref="MessageView.Offset"/>
    public required long Offset { get; init; }

    /// <inheritdoc cref="MessageView.StoreTime"/>
    public required long StoreTime { get; init; }

    /// <inheritdoc cref="MessageView.ProducerNumber"/>
    public long ProducerNumber { get; init; }

    /// <inheritdoc cref="MessageView.Key"/>
    public BufferRange Key { get; init; }

    /// <inheritdoc cref="MessageView.Tag"/>
    public BufferRange Tag { get; init; }

    /// <inheritdoc cref="MessageView.Properties"/>
    public BufferRange Properties { get; init; }

    /// <inheritdoc cref="MessageView.Body"/>
    public BufferRange Body { get; init; }

    /// <inheritdoc cref="MessageView.ProducerInstance"/>
    public BufferRange ProducerInstance { get; init; }
}
