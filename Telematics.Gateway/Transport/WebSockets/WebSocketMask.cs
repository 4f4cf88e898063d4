using System.Numerics;
using System.Runtime.InteropServices;

namespace Telematics.Gateway.Transport.WebSockets;

/// <summary>Masking, RFC 6455 §5.3.</summary>
internal static class WebSocketMask
{
    /// <summary>Unmasks in place. Answers the key, turned so that it fits what follows.</summary>
    public static uint Apply(Span<byte> payload, uint key)
    {
        var wide = ((ulong)key << 32) | key;
        var words = MemoryMarshal.Cast<byte, ulong>(payload);
        for (var i = 0; i < words.Length; i++)
        {
            words[i] ^= wide;
        }

        Span<byte> bytes = stackalloc byte[4];
        BitConverter.TryWriteBytes(bytes, key);
        var rest = payload[(words.Length * 8)..];
        for (var i = 0; i < rest.Length; i++)
        {
            rest[i] ^= bytes[i & 3];
        }

        var turn = (rest.Length & 3) * 8;
        return BitConverter.IsLittleEndian ? BitOperations.RotateRight(key, turn) : BitOperations.RotateLeft(key, turn);
    }
}
