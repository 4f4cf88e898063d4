using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Telematics.Messaging.Embedded;

/// <summary>
/// A message inside a block: checksum (CRC-32C of all that follows) 4 B, body length 4, properties length 2, key length 1,
/// tag length 1, producer number 8, then key, tag, properties, body. Little endian.
/// </summary>
internal static class RecordFormat
{
    public const int HeaderLength = 20;
    public const int MaxKeyLength = byte.MaxValue;
    public const int MaxTagLength = 127;
    public const int MaxPropertiesLength = short.MaxValue;

    public static int SizeOf(in OutgoingMessage message) =>
        HeaderLength + message.Key.Length + message.Tag.Length + message.Properties.Length + message.Body.Length;

    public static void Write(Span<byte> destination, in OutgoingMessage message, long producerNumber)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], message.Body.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[8..], (ushort)message.Properties.Length);
        destination[10] = (byte)message.Key.Length;
        destination[11] = (byte)message.Tag.Length;
        BinaryPrimitives.WriteInt64LittleEndian(destination[12..], producerNumber);
        var rest = destination[HeaderLength..];
        message.Key.CopyTo(rest);
        rest = rest[message.Key.Length..];
        message.Tag.CopyTo(rest);
        rest = rest[message.Tag.Length..];
        message.Properties.CopyTo(rest);
        rest = rest[message.Properties.Length..];
        message.Body.CopyTo(rest);
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Checksum(0, destination[4..]));
    }

    /// <summary>Reads the lengths at the beginning of <paramref name="rest"/>; false when they cannot be true.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> rest, out RecordHeader header)
    {
        header = default;
        if (rest.Length < HeaderLength)
        {
            return false;
        }

        var bodyLength = BinaryPrimitives.ReadInt32LittleEndian(rest[4..]);
        header = new RecordHeader(
            BinaryPrimitives.ReadUInt32LittleEndian(rest),
            rest[10],
            rest[11],
            BinaryPrimitives.ReadUInt16LittleEndian(rest[8..]),
            bodyLength,
            BinaryPrimitives.ReadInt64LittleEndian(rest[12..]));
        return bodyLength >= 0 && bodyLength <= rest.Length && header.Length <= rest.Length;
    }

    public static bool IsIntact(ReadOnlySpan<byte> record, in RecordHeader header) =>
        Checksum(0, record[4..header.Length]) == header.Checksum;

    /// <summary>CRC-32C: one instruction for each eight bytes on the processors we run on.</summary>
    public static uint Checksum(uint seed, ReadOnlySpan<byte> bytes)
    {
        var crc = ~seed;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (var rest in bytes[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, rest);
        }

        return ~crc;
    }
}

/// <summary>The fixed part of a stored message.</summary>
internal readonly record struct RecordHeader(uint Checksum, int KeyLength, int TagLength, int PropertiesLength, int BodyLength, long ProducerNumber)
{
    /// <summary>All bytes of the record.</summary>
    public int Length => RecordFormat.HeaderLength + PartsLength;

    /// <summary>Key, tag, properties and body together.</summary>
    public int PartsLength => KeyLength + TagLength + PropertiesLength + BodyLength;
}
