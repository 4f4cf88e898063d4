using System.Buffers;
using System.Text;

namespace Telematics.Messaging.Embedded;

/// <summary>Gathers messages into one pooled buffer; belongs to one reader and is reused.</summary>
internal sealed class BatchBuilder(MessageQueue queue, TagFilter filter)
{
    private const int FirstLength = 4 * 1024;
    private const int FirstRecords = 32;
    private readonly byte[][] _tags = [.. filter.Tags.Select(Encoding.UTF8.GetBytes)];
    private byte[]? _buffer;
    private MessageRecord[]? _records;
    private BufferRange _instance;
    private int _length;
    private int _maxMessages;
    private int _maxBytes;

    public int Count { get; private set; }

    /// <summary>True when the batch cannot take another message.</summary>
    public bool IsFull => Count == _maxMessages;

    public void Begin(int maxMessages, int maxBytes)
    {
        (_maxMessages, _maxBytes, _length, Count, _instance) = (maxMessages, maxBytes, 0, 0, default);
    }

    public bool Wants(ReadOnlySpan<byte> tag)
    {
        if (_tags.Length == 0)
        {
            return true;
        }

        foreach (var wanted in _tags)
        {
            if (tag.SequenceEqual(wanted))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Adds a message; false when it does not fit, which the first always does.</summary>
    public bool TryAdd(long offset, in BlockHeader block, ReadOnlySpan<byte> producerInstance, in RecordHeader header, ReadOnlySpan<byte> parts)
    {
        var newInstance = _buffer is null || !_buffer.AsSpan(_instance.Start, _instance.Length).SequenceEqual(producerInstance);
        var needed = _length + parts.Length + (newInstance ? producerInstance.Length : 0);
        if (Count == _maxMessages || (Count > 0 && needed > _maxBytes))
        {
            return false;
        }

        MakeRoom(needed, block.Length + producerInstance.Length);
        if (newInstance)
        {
            producerInstance.CopyTo(_buffer.AsSpan(_length));
            _instance = new BufferRange(_length, producerInstance.Length);
            _length += producerInstance.Length;
        }

        parts.CopyTo(_buffer.AsSpan(_length));
        var key = new BufferRange(_length, header.KeyLength);
        var tag = new BufferRange(key.Start + key.Length, header.TagLength);
        var properties = new BufferRange(tag.Start + tag.Length, header.PropertiesLength);
        _records![Count++] = new MessageRecord
        {
            Offset = offset,
            StoreTime = block.StoreTime,
            ProducerNumber = header.ProducerNumber,
            ProducerInstance = _instance,
            Key = key,
            Tag = tag,
            Properties = properties,
            Body = new BufferRange(properties.Start + properties.Length, header.BodyLength),
        };
        _length += parts.Length;
        return true;
    }

    /// <summary>The batch, which now owns the buffers.</summary>
    public MessageBatch Finish()
    {
        var batch = new MessageBatch(queue, _buffer!, _records!, Count);
        (_buffer, _records, Count) = (null, null, 0);
        return batch;
    }

    private void MakeRoom(int needed, int hint)
    {
        if (_buffer is null || needed > _buffer.Length)
        {
            var length = Math.Max(needed, Math.Min(_maxBytes, _buffer is null ? Math.Max(FirstLength, hint) : _buffer.Length * 2));
            var buffer = ArrayPool<byte>.Shared.Rent(length);
            if (_buffer is not null)
            {
                _buffer.AsSpan(0, _length).CopyTo(buffer);
                ArrayPool<byte>.Shared.Return(_buffer);
            }

            _buffer = buffer;
        }

        if (_records is null || Count == _records.Length)
        {
            var records = ArrayPool<MessageRecord>.Shared.Rent(_records is null ? Math.Min(FirstRecords, _maxMessages) : _records.Length * 2);
            if (_records is not null)
            {
                _records.AsSpan(0, Count).CopyTo(records);
                ArrayPool<MessageRecord>.Shared.Return(_records);
            }

            _records = records;
        }
    }
}
