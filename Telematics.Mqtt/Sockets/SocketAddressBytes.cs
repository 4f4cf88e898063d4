using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Telematics.Mqtt.Sockets;

/// <summary>sockaddr_in and sockaddr_in6.</summary>
internal static class SocketAddressBytes
{
    /// <summary>Length of the larger, sockaddr_in6.</summary>
    public const int MaxLength = 28;

    /// <summary>Writes an address; answers its length.</summary>
    public static int Write(IPAddress address, int port, Span<byte> to)
    {
        to.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(to[2..], (ushort)port);
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            BitConverter.TryWriteBytes(to, (ushort)Linux.AF_INET);
            address.TryWriteBytes(to[4..], out _);
            return 16;
        }

        BitConverter.TryWriteBytes(to, (ushort)Linux.AF_INET6);
        address.TryWriteBytes(to[8..], out _);
        BitConverter.TryWriteBytes(to[24..], (uint)address.ScopeId);
        return MaxLength;
    }

    /// <summary>Reads an address.</summary>
    public static SocketPeer Read(ReadOnlySpan<byte> from)
    {
        var port = BinaryPrimitives.ReadUInt16BigEndian(from[2..]);
        if (BitConverter.ToUInt16(from) == Linux.AF_INET6)
        {
            return SocketPeer.FromBytes(from.Slice(8, 16), port);
        }

        Span<byte> mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, from[4], from[5], from[6], from[7]];
        return SocketPeer.FromBytes(mapped, port);
    }
}
