using System.Buffers;
using System.IO.Hashing;
using Telematics.Messaging;
using Telematics.RocketMQ.Records;

namespace Telematics.RocketMQ.Reading;

/// <summary>Gathers the messages of pulled records into one pooled buffer; belongs to one reader and is reused.</summary>
internal sealed class RecordBatchBuilder(MessageQueue queue, TagExpression tags, IRecordObserver? observer = null)
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

    /// <summary>Adds what a record holds and the tags let through.</summary>
    /// <param name="record">The record.</param>
    /// <param name="next">The first offset wanted; moves behind what was taken or left out.</param>
    /// <param name="fault">Why the record cannot be decoded; its messages are then left out.</param>
    /// <returns>False when the batch is full before the record's end.</returns>
    public bool TryAdd(in StoredRecord record, ref long next, out string? fault)
    {
        fault = null;
        var body = record.Body;

        // Old brokers may leave the sum out; a real one is 0 once in two thousand million.
        if (record.Crc != 0 && (Crc32.HashToUInt32(body) & 0x7FFF_FFFF) != record.Crc)
        {
            fault = $"its body of {body.Length} B does not have the stored checksum {record.Crc:X8}";
            return true;
        }

        if ((record.SysFlag & SysFlag.Compressed) == 0)
        {
            return TryAddOpen(in record, body, ref next, out fault);
        }

        if (!CompressedBody.TryOpen(record.SysFlag, body, out var opened, out var length, out fault))
        {
            return true;
        }

        try
        {
            return TryAddOpen(in record, opened.AsSpan(0, length), ref next, out fault);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(opened);
        }
    }

    /// <summary>The batch, which now owns the buffers.</summary>
    public MessageBatch Finish()
    {
        var batch = new MessageBatch(queue, _buffer!, _records!, Count);
        (_buffer, _records, Count) = (null, null, 0);
        return batch;
    }

    private bool TryAddOpen(in StoredRecord record, ReadOnlySpan<byte> body, ref long next, out string? fault)
    {
        fault = null;
        if ((record.SysFlag & SysFlag.InnerBatch) != SysFlag.InnerBatch)
        {
            return TryAddMessage(in record, record.Offset, body, record.Properties, ref next);
        }

        var inner = new InnerBatch(body);
        var offset = record.Offset;
        while (inner.MoveNext())
        {
            if (!TryAddMessage(in record, offset++, inner.Body, inner.Properties, ref next))
            {
                return false;
            }
        }

        fault = inner.Fault;
        return true;
    }

    private bool TryAddMessage(in StoredRecord record, long offset, ReadOnlySpan<byte> body, ReadOnlySpan<byte> encodedProperties, ref long next)
    {
        if (offset < next)
        {
            return true; // of an inner batch whose first messages were read before
        }

        var properties = RecordProperties.Read(encodedProperties);
        if (!tags.Matches(properties.Tag))
        {
            next = offset + 1;
            return true;
        }

        Span<byte> instance = stackalloc byte[UniqueKey.InstanceLength];
        if (!properties.TryGetNumber(instance, out var number))
        {
            instance = default;
        }

        // The instance is the same for very many messages.
        var newInstance = !instance.IsEmpty && (_instance.Length == 0 || !_buffer.AsSpan(_instance.Start, _instance.Length).SequenceEqual(instance));
        var needed = (long)_length + properties.Keys.Length + properties.Tag.Length + properties.UserLength + body.Length + (newInstance ? instance.Length : 0);
        if (Count == _maxMessages || (Count > 0 && needed > _maxBytes))
        {
            return false;
        }

        MakeRoom(checked((int)needed));
        if (newInstance)
        {
            _instance = Add(instance);
        }

        var keyRange = Add(properties.Keys);
        var tagRange = Add(properties.Tag);
        var propertiesRange = new BufferRange(_length, properties.UserLength);
        properties.CopyUserTo(_buffer.AsSpan(_length, properties.UserLength));
        _length += properties.UserLength;
        _records![Count++] = new MessageRecord
        {
            Offset = offset,
            StoreTime = record.StoreTime,
            ProducerNumber = number,
            ProducerInstance = instance.IsEmpty ? default : _instance,
            Key = keyRange,
            Tag = tagRange,
            Properties = propertiesRange,
            Body = Add(body),
        };
        observer?.OnAdded(in record, offset, encodedProperties, body);
        next = offset + 1;
        return true;
    }

    private BufferRange Add(ReadOnlySpan<byte> part)
    {
        part.CopyTo(_buffer.AsSpan(_length));
        var range = new BufferRange(_length, part.Length);
        _length += part.Length;
        return range;
    }

    private void MakeRoom(int needed)
    {
        if (_buffer is null || needed > _buffer.Length)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Min(_maxBytes, _buffer is null ? FirstLength : _buffer.Length * 2)));
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
