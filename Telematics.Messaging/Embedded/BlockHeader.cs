using System.Buffers.Binary;

namespace Telematics.Messaging.Embedded;

/// <summary>What a row says about its block of messages, beside the bytes; verified by a checksum that also binds the row to its queue.</summary>
internal readonly record struct BlockHeader(int QueueNumber, long FirstOffset, int Count, long StoreTime, int Length)
{
    public uint Checksum(ReadOnlySpan<byte> producerInstance)
    {
        Span<byte> bytes = stackalloc byte[28];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, QueueNumber);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[4..], FirstOffset);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], Count);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], StoreTime);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[24..], Length);
        return RecordFormat.Checksum(RecordFormat.Checksum(0, bytes), producerInstance);
    }
}
