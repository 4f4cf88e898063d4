namespace Telematics.Messaging.Embedded;

/// <summary>Gathers the wanted messages of segments; belongs to one reader and is reused.</summary>
internal sealed class BatchBuilder(MessageQueue queue, TagFilter filter)
{
    private readonly BatchBuffer _buffer = new(queue);

    /// <inheritdoc cref="BatchBuffer.Count"/>
    public int Count => _buffer.Count;

    /// <inheritdoc cref="BatchBuffer.IsFull"/>
    public bool IsFull => _buffer.IsFull;

    public void Begin(int maxMessages, int maxBytes) => _buffer.Begin(maxMessages, maxBytes);

    public bool Wants(ReadOnlySpan<byte> tag) => filter.Matches(tag);

    /// <summary>Adds a message; false when it does not fit, which the first always does.</summary>
    public bool TryAdd(long offset, in BlockHeader block, ReadOnlySpan<byte> producerInstance, in RecordHeader header, ReadOnlySpan<byte> parts)
    {
        if (!_buffer.TryMakeRoom(parts.Length, producerInstance, block.Length + producerInstance.Length, out var instance))
        {
            return false;
        }

        var key = _buffer.Add(parts) with { Length = header.KeyLength };
        var tag = new BufferRange(key.Start + key.Length, header.TagLength);
        var properties = new BufferRange(tag.Start + tag.Length, header.PropertiesLength);
        _buffer.Add(new MessageRecord
        {
            Offset = offset,
            StoreTime = block.StoreTime,
            ProducerNumber = header.ProducerNumber,
            ProducerInstance = instance,
            Key = key,
            Tag = tag,
            Properties = properties,
            Body = new BufferRange(properties.Start + properties.Length, header.BodyLength),
        });
        return true;
    }

    /// <inheritdoc cref="BatchBuffer.Finish"/>
    public MessageBatch Finish() => _buffer.Finish();
}
