using System.Buffers.Binary;

namespace Telematics.Messaging;

/// <summary>A producer's instance: 10 bytes, here as a key that costs no allocation.</summary>
public readonly record struct ProducerInstance(ulong First, ushort Last)
{
    /// <summary>Its length in bytes.</summary>
    public const int Length = 10;

    /// <summary>From the 10 bytes.</summary>
    public static ProducerInstance Read(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt16BigEndian(bytes[8..]));

    /// <summary>Back to the 10 bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, First);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(8), Last);
        return bytes;
    }
}
