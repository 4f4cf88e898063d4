using System.Buffers;

namespace Telematics.Mqtt;

/// <summary>The fixed header of a packet, MQTT 5.0 §2.1: found and checked before anything of the body is buffered.</summary>
public readonly struct MqttFixedHeader
{
    /// <summary>Longest fixed header in bytes: one and the Variable Byte Integer's four.</summary>
    public const int MaximumLength = 5;

    private MqttFixedHeader(byte first, int headerLength, int bodyLength)
    {
        First = first;
        HeaderLength = headerLength;
        BodyLength = bodyLength;
    }

    /// <summary>Packet type and flags.</summary>
    public byte First { get; }

    /// <summary>Bytes of the fixed header; 0 while the Remaining Length is not complete.</summary>
    public int HeaderLength { get; }

    /// <summary>Remaining Length.</summary>
    public int BodyLength { get; }

    /// <summary>Bytes of the whole packet; 0 while unknown.</summary>
    public int PacketLength => HeaderLength + BodyLength;

    /// <summary>The packet type.</summary>
    public MqttPacketType Type => (MqttPacketType)(First >> 4);

    /// <summary>The lower four bits.</summary>
    public byte Flags => (byte)(First & 0x0F);

    /// <summary>Looks at the beginning of a buffer.</summary>
    /// <param name="buffer">What was received and not yet taken.</param>
    /// <param name="maximumPacketSize">Largest packet in bytes, fixed header included (MQTT 5.0 §3.1.2.11.4).</param>
    /// <param name="header">With <see cref="MqttFrameStatus.Complete"/> the packet's header; with <see cref="MqttFrameStatus.Incomplete"/> as much as is known.</param>
    /// <param name="error">With <see cref="MqttFrameStatus.Invalid"/>, why.</param>
    public static MqttFrameStatus Read(ReadOnlySpan<byte> buffer, int maximumPacketSize, out MqttFixedHeader header, out MqttError error)
    {
        header = default;
        error = default;
        if (buffer.IsEmpty)
        {
            return MqttFrameStatus.Incomplete;
        }

        var first = buffer[0];
        header = new MqttFixedHeader(first, 0, 0);
        if (!AreFlagsLegal(first))
        {
            error = MqttError.Malformed($"fixed header 0x{first:X2}: packet type or flags are reserved [MQTT-2.1.3-1]");
            return MqttFrameStatus.Invalid;
        }

        var length = 0;
        for (var i = 1; ; i++)
        {
            if (i == buffer.Length)
            {
                return MqttFrameStatus.Incomplete;
            }

            var digit = buffer[i];
            length |= (digit & 0x7F) << (7 * (i - 1));
            if (digit < 0x80)
            {
                // §1.5.5: the encoded value MUST use the minimum number of bytes [MQTT-1.5.5-1].
                if (digit == 0 && i > 1)
                {
                    error = MqttError.Malformed($"Remaining Length {length} uses {i} bytes, more than needed [MQTT-1.5.5-1]");
                    return MqttFrameStatus.Invalid;
                }

                header = new MqttFixedHeader(first, i + 1, length);
                break;
            }

            if (i == MaximumLength - 1)
            {
                error = MqttError.Malformed("Remaining Length is longer than four bytes (§1.5.5)");
                return MqttFrameStatus.Invalid;
            }
        }

        if (header.PacketLength > maximumPacketSize)
        {
            error = new MqttError(MqttReasonCode.PacketTooLarge, $"{header.Type} packet of {header.PacketLength} bytes, the limit is {maximumPacketSize}");
            return MqttFrameStatus.Invalid;
        }

        return buffer.Length < header.PacketLength ? MqttFrameStatus.Incomplete : MqttFrameStatus.Complete;
    }

    /// <summary>How many bytes the packet at the beginning of a buffer has; one more than are there while that cannot be told.</summary>
    public static int GetNeeded(ReadOnlySpan<byte> buffer)
    {
        Read(buffer, int.MaxValue, out var header, out _);
        return header.HeaderLength == 0 ? buffer.Length + 1 : header.PacketLength;
    }

    /// <inheritdoc cref="Read(ReadOnlySpan{byte}, int, out MqttFixedHeader, out MqttError)"/>
    public static MqttFrameStatus Read(in ReadOnlySequence<byte> buffer, int maximumPacketSize, out MqttFixedHeader header, out MqttError error)
    {
        var first = buffer.FirstSpan;
        if (buffer.IsSingleSegment)
        {
            return Read(first, maximumPacketSize, out header, out error);
        }

        if (first.Length < MaximumLength)
        {
            Span<byte> start = stackalloc byte[(int)Math.Min(buffer.Length, MaximumLength)];
            buffer.Slice(0, start.Length).CopyTo(start);
            Read(start, maximumPacketSize, out header, out error);
        }
        else
        {
            Read(first, maximumPacketSize, out header, out error);
        }

        if (error.IsError)
        {
            return MqttFrameStatus.Invalid;
        }

        return header.HeaderLength != 0 && buffer.Length >= header.PacketLength ? MqttFrameStatus.Complete : MqttFrameStatus.Incomplete;
    }

    // §2.1.3, table 2-2; PUBLISH: QoS 3 [MQTT-3.3.1-4], DUP at QoS 0 [MQTT-3.3.1-2].
    private static bool AreFlagsLegal(byte first)
    {
        var flags = first & 0x0F;
        return (MqttPacketType)(first >> 4) switch
        {
            MqttPacketType.Reserved => false,
            MqttPacketType.Publish => (flags & 0x06) != 0x06 && (flags & 0x0E) != 0x08,
            MqttPacketType.Pubrel or MqttPacketType.Subscribe or MqttPacketType.Unsubscribe => flags == 0x02,
            _ => flags == 0,
        };
    }
}
