using System.Buffers.Binary;

namespace Telematics.Contracts.Telemetry;

/// <summary>The wire types of Protobuf.</summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    LengthDelimited = 2,
    Fixed32 = 5,
}

/// <summary>Reads Protobuf's wire format; what is cut off or malformed is answered by false, never by an exception.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> _data = data;

    /// <summary>How many bytes were read.</summary>
    public int Position { get; private set; }

    /// <summary>Whether everything was read.</summary>
    public readonly bool IsAtEnd => Position == _data.Length;

    /// <summary>Reads a tag; false for field 0, a group or an unknown wire type.</summary>
    public bool TryReadTag(out int field, out WireType wireType)
    {
        if (!TryReadVarint(out var tag) || tag > uint.MaxValue)
        {
            field = 0;
            wireType = default;
            return false;
        }

        field = (int)(tag >> 3);
        wireType = (WireType)(tag & 7);
        return field > 0 && wireType is WireType.Varint or WireType.Fixed64 or WireType.LengthDelimited or WireType.Fixed32;
    }

    /// <summary>Reads a varint of up to ten bytes.</summary>
    public bool TryReadVarint(out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (Position == _data.Length)
            {
                return false;
            }

            var next = _data[Position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return shift < 63 || next <= 1;
            }
        }

        return false;
    }

    /// <summary>Reads eight bytes.</summary>
    public bool TryReadFixed64(out ulong value)
    {
        if (_data.Length - Position < sizeof(ulong))
        {
            value = 0;
            return false;
        }

        value = BinaryPrimitives.ReadUInt64LittleEndian(_data[Position..]);
        Position += sizeof(ulong);
        return true;
    }

    /// <summary>Reads bytes with their length before them.</summary>
    public bool TryReadBytes(out ReadOnlySpan<byte> bytes)
    {
        if (!TryReadVarint(out var length) || length > (ulong)(_data.Length - Position))
        {
            bytes = default;
            return false;
        }

        bytes = _data.Slice(Position, (int)length);
        Position += (int)length;
        return true;
    }

    /// <summary>Undoes the zigzag encoding of <c>sint32</c> and <c>sint64</c>.</summary>
    public static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);
}
