using System.Buffers;
using System.Buffers.Binary;

namespace Telematics.Gateway.Transport.WebSockets;

/// <summary>The header of a frame, RFC 6455 §5.2.</summary>
/// <param name="IsFinal">Whether it is the message's last frame.</param>
/// <param name="Opcode">What it is.</param>
/// <param name="Mask">Masking key, as its four bytes are in memory.</param>
/// <param name="Length">Bytes of payload.</param>
internal readonly record struct WebSocketFrameHeader(bool IsFinal, WebSocketOpcode Opcode, uint Mask, long Length)
{
    /// <summary>Longest header from this side.</summary>
    public const int MaxWritten = 10;

    private const int MaxControlLength = 125;

    private bool IsControl => Opcode >= WebSocketOpcode.Close;

    /// <summary>Reads a client's header; false when there is not all of it.</summary>
    /// <param name="reader">Stands behind the header afterwards, or somewhere in it.</param>
    /// <param name="header">The header.</param>
    /// <param name="isAllowed">Whether a client may send it: masked, no reserved bit or opcode, its length in the shortest form.</param>
    public static bool TryRead(ref SequenceReader<byte> reader, out WebSocketFrameHeader header, out bool isAllowed)
    {
        header = default;
        isAllowed = false;
        if (!reader.TryRead(out var first) || !reader.TryRead(out var second))
        {
            return false;
        }

        long length = second & 0x7F;
        var least = 0L;
        if (length == 126)
        {
            if (!reader.TryReadBigEndian(out short two))
            {
                return false;
            }

            length = (ushort)two;
            least = 126;
        }
        else if (length == 127)
        {
            if (!reader.TryReadBigEndian(out length))
            {
                return false;
            }

            least = 65_536;
        }

        var isMasked = (second & 0x80) != 0;
        Span<byte> key = stackalloc byte[4];
        if (isMasked)
        {
            if (!reader.TryCopyTo(key))
            {
                return false;
            }

            reader.Advance(key.Length);
        }

        header = new WebSocketFrameHeader((first & 0x80) != 0, (WebSocketOpcode)(first & 0x0F), BitConverter.ToUInt32(key), length);
        isAllowed = isMasked && (first & 0x70) == 0 && length >= least && Enum.IsDefined(header.Opcode)
            && (!header.IsControl || (header.IsFinal && length <= MaxControlLength));
        return true;
    }

    /// <summary>Writes a header of this side: final, not masked. Answers its length.</summary>
    public static int Write(Span<byte> destination, WebSocketOpcode opcode, int length)
    {
        destination[0] = (byte)(0x80 | (byte)opcode);
        if (length < 126)
        {
            destination[1] = (byte)length;
            return 2;
        }

        if (length < 65_536)
        {
            destination[1] = 126;
            BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)length);
            return 4;
        }

        destination[1] = 127;
        BinaryPrimitives.WriteUInt64BigEndian(destination[2..], (ulong)length);
        return MaxWritten;
    }
}
