using System.Buffers;

namespace Telematics.Messaging;

/// <summary>Gathers the messages of a batch in pooled memory, for whichever engine reads them; belongs to one reader and is reused.</summary>
internal sealed class BatchBuffer(MessageQueue queue)
{
    private const int FirstLength = 4 * 1024;
    private const int FirstRecords = 32;
    private byte[]? _buffer;
    private MessageRecord[]? _records;
    private BufferRange _instance;
    private int _length;
    private int _maxMessages;
    private int _maxBytes;

    /// <summary>Messages so far.</summary>
    public int Count { get; private set; }

    /// <summary>True when the batch cannot take another message.</summary>
    public bool IsFull => Count == _maxMessages;

    public void Begin(int maxMessages, int maxBytes) => (_maxMessages, _maxBytes, _length, Count, _instance) = (maxMessages, maxBytes, 0, 0, default);

    /// <summary>Makes room for one more message; false when it does not fit, which the first always does.</summary>
    /// <param name="length">Bytes of its parts.</param>
    /// <param name="instance">Its producer's instance, or empty: very many messages share one, which then stands here once.</param>
    /// <param name="firstLength">What the memory has at least if this is the first message in it.</param>
    /// <param name="place">Where the instance is.</param>
    public bool TryMakeRoom(long length, ReadOnlySpan<byte> instance, int firstLength, out BufferRange place)
    {
        place = default;
        var isNew = !instance.IsEmpty && (_instance.Length == 0 || !_buffer.AsSpan(_instance.Start, _instance.Length).SequenceEqual(instance));
        var needed = _length + length + (isNew ? instance.Length : 0);
        if (IsFull || (Count > 0 && needed > _maxBytes))
        {
            return false;
        }

        Grow(checked((int)needed), firstLength);
        if (isNew)
        {
            _instance = Add(instance);
        }

        place = instance.IsEmpty ? default : _instance;
        return true;
    }

    /// <summary>Copies a part, for which there is room.</summary>
    public BufferRange Add(ReadOnlySpan<byte> part)
    {
        part.CopyTo(Add(part.Length, out var place));
        return place;
    }

    /// <summary>A part that the caller writes, for which there is room.</summary>
    public Span<byte> Add(int length, out BufferRange place)
    {
        place = new BufferRange(_length, length);
        _length += length;
        return _buffer.AsSpan(place.Start, length);
    }

    /// <summary>Adds the message whose parts were added.</summary>
    public void Add(in MessageRecord record) => _records![Count++] = record;

    /// <summary>The batch, which now owns the memory.</summary>
    public MessageBatch Finish()
    {
        var batch = new MessageBatch(queue, _buffer!, _records!, Count);
        (_buffer, _records, Count) = (null, null, 0);
        return batch;
    }

    private void Grow(int needed, int firstLength)
    {
        if (_buffer is null || needed > _buffer.Length)
        {
            var length = Math.Max(needed, Math.Min(_maxBytes, _buffer is null ? Math.Max(FirstLength, firstLength) : _buffer.Length * 2));
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
