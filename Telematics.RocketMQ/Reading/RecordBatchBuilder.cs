using System.Buffers;
using System.IO.Hashing;
using Telematics.Messaging;
using Telematics.RocketMQ.Records;

namespace Telematics.RocketMQ.Reading;

/// <summary>Gathers the messages of pulled records into one pooled buffer; belongs to one reader and is reused.</summary>
internal sealed class RecordBatchBuilder(MessageQueue queue, TagExpression tags, IRecordObserver? observer = null)
{
    private readonly BatchBuffer _buffer = new(queue);
    private readonly byte[] _mark = QueueMark.Of(queue);

    /// <inheritdoc cref="BatchBuffer.Count"/>
    public int Count => _buffer.Count;

    /// <inheritdoc cref="BatchBuffer.IsFull"/>
    public bool IsFull => _buffer.IsFull;

    public void Begin(int maxMessages, int maxBytes) => _buffer.Begin(maxMessages, maxBytes);

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

    /// <inheritdoc cref="BatchBuffer.Finish"/>
    public MessageBatch Finish() => _buffer.Finish();

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
        if (!properties.TryGetNumber(_mark, instance, out var number))
        {
            instance = default;
        }

        var length = (long)properties.Keys.Length + properties.Tag.Length + properties.UserLength + body.Length;
        if (!_buffer.TryMakeRoom(length, instance, 0, out var instanceRange))
        {
            return false;
        }

        var keyRange = _buffer.Add(properties.Keys);
        var tagRange = _buffer.Add(properties.Tag);
        properties.CopyUserTo(_buffer.Add(properties.UserLength, out var propertiesRange));
        _buffer.Add(new MessageRecord
        {
            Offset = offset,
            StoreTime = record.StoreTime,
            ProducerNumber = number,
            ProducerInstance = instanceRange,
            Key = keyRange,
            Tag = tagRange,
            Properties = propertiesRange,
            Body = _buffer.Add(body),
        });
        observer?.OnAdded(in record, offset, encodedProperties, body);
        next = offset + 1;
        return true;
    }
}
