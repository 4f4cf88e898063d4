using System.Buffers.Binary;

namespace Telematics.Mqtt.Packets;

/// <summary>Puts fields into a buffer that is large enough; the lengths were computed before.</summary>
internal ref struct PacketWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    public int Written { get; private set; }

    public static int GetPacketLength(int bodyLength) => 1 + VariableByteInteger.GetLength(bodyLength) + bodyLength;

    public static int GetPropertiesLength(in MqttProperties properties, MqttProtocolVersion version)
    {
        var length = properties.Encoded.Length;
        return version == MqttProtocolVersion.V500 ? VariableByteInteger.GetLength(length) + length : 0;
    }

    public void WriteFixedHeader(MqttPacketType type, int flags, int bodyLength)
    {
        WriteByte((byte)((int)type << 4 | flags));
        WriteVariableByteInteger(bodyLength);
    }

    public void WriteByte(byte value) => _destination[Written++] = value;

    public void WriteUInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_destination[Written..], value);
        Written += 2;
    }

    public void WriteUInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_destination[Written..], value);
        Written += 4;
    }

    public void WriteVariableByteInteger(int value) => Written += VariableByteInteger.Write(_destination[Written..], value);

    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        value.CopyTo(_destination[Written..]);
        Written += value.Length;
    }

    /// <summary>A text or Binary Data with its length before it.</summary>
    public void WriteBinary(ReadOnlySpan<byte> value)
    {
        if (value.Length > MqttText.MaximumLength)
        {
            throw new ArgumentException($"A field of {value.Length} bytes, the limit is {MqttText.MaximumLength}.", nameof(value));
        }

        WriteUInt16((ushort)value.Length);
        WriteBytes(value);
    }

    public void WriteProperties(in MqttProperties properties, MqttProtocolVersion version)
    {
        if (version == MqttProtocolVersion.V500)
        {
            WriteVariableByteInteger(properties.Encoded.Length);
            WriteBytes(properties.Encoded);
        }
    }
}
