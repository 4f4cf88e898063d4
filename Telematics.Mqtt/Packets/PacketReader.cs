using System.Buffers.Binary;

namespace Telematics.Mqtt.Packets;

/// <summary>Takes fields from a body; false means that the body ends before the field does.</summary>
internal ref struct PacketReader(ReadOnlySpan<byte> body)
{
    private ReadOnlySpan<byte> _rest = body;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public bool TryReadByte(out byte value)
    {
        if (_rest.IsEmpty)
        {
            value = 0;
            return false;
        }

        value = _rest[0];
        _rest = _rest[1..];
        return true;
    }

    public bool TryReadUInt16(out ushort value)
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(_rest, out value))
        {
            return false;
        }

        _rest = _rest[2..];
        return true;
    }

    public bool TryReadUInt32(out uint value)
    {
        if (!BinaryPrimitives.TryReadUInt32BigEndian(_rest, out value))
        {
            return false;
        }

        _rest = _rest[4..];
        return true;
    }

    /// <summary>§1.5.5; false also for a value that is longer than needed or than four bytes.</summary>
    public bool TryReadVariableByteInteger(out uint value)
    {
        value = 0;
        for (var i = 0; i < 4 && i < _rest.Length; i++)
        {
            var digit = _rest[i];
            value |= (uint)(digit & 0x7F) << (7 * i);
            if (digit < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return digit != 0 || i == 0;
            }
        }

        return false;
    }

    public bool TryReadBytes(int length, out ReadOnlySpan<byte> value)
    {
        if (_rest.Length < length)
        {
            value = default;
            return false;
        }

        value = _rest[..length];
        _rest = _rest[length..];
        return true;
    }

    /// <summary>Binary Data, §1.5.6.</summary>
    public bool TryReadBinary(out ReadOnlySpan<byte> value)
    {
        value = default;
        return TryReadUInt16(out var length) && TryReadBytes(length, out value);
    }

    /// <summary>UTF-8 Encoded String, §1.5.4; the error names the field.</summary>
    public bool TryReadText(string field, out ReadOnlySpan<byte> value, out MqttError error)
    {
        if (!TryReadBinary(out value))
        {
            error = MqttError.Malformed($"{field} goes beyond the packet's end");
            return false;
        }

        if (!MqttText.IsWellFormed(value))
        {
            error = MqttError.Malformed($"{field} is not well-formed UTF-8 without U+0000 [MQTT-1.5.4-1, MQTT-1.5.4-2]");
            return false;
        }

        error = default;
        return true;
    }

    public static bool Truncated(string field, out MqttError error)
    {
        error = MqttError.Malformed($"{field} goes beyond the packet's end");
        return false;
    }

    /// <summary>Packet Identifier, never 0 [MQTT-2.2.1-3].</summary>
    public bool TryReadPacketId(out ushort value, out MqttError error)
    {
        if (!TryReadUInt16(out value))
        {
            return Truncated("Packet Identifier", out error);
        }

        error = value == 0 ? MqttError.Protocol("Packet Identifier is 0 [MQTT-2.2.1-3]") : default;
        return value != 0;
    }
}
