using System.Buffers.Binary;
using System.Net;

namespace Telematics.Mqtt.Sockets;

/// <summary>Address and port of a peer as a value: a million connections then hold no object for it.</summary>
public readonly record struct SocketPeer
{
    private readonly ulong _high;
    private readonly ulong _low;

    private SocketPeer(ulong high, ulong low, ushort port)
    {
        _high = high;
        _low = low;
        Port = port;
    }

    /// <summary>The port; 0 when nothing is known of the peer.</summary>
    public ushort Port { get; }

    /// <summary>The address; IPv4 as such.</summary>
    public IPAddress Address
    {
        get
        {
            Span<byte> bytes = stackalloc byte[16];
            BinaryPrimitives.WriteUInt64BigEndian(bytes, _high);
            BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _low);
            var address = new IPAddress(bytes);
            return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        }
    }

    /// <summary>From an end point; anything but an address and a port is not known.</summary>
    public static SocketPeer From(EndPoint? endPoint) =>
        endPoint is IPEndPoint { Address: var address, Port: var port } ? From(address, (ushort)port) : default;

    /// <summary>From an address.</summary>
    public static SocketPeer From(IPAddress address, ushort port)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> bytes = stackalloc byte[16];
        address.MapToIPv6().TryWriteBytes(bytes, out _);
        return FromBytes(bytes, port);
    }

    /// <summary>From the 16 bytes of an IPv6 address, IPv4 mapped.</summary>
    public static SocketPeer FromBytes(ReadOnlySpan<byte> address, ushort port) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(address), BinaryPrimitives.ReadUInt64BigEndian(address[8..]), port);

    /// <summary>As an end point.</summary>
    public IPEndPoint ToEndPoint() => new(Address, Port);

    /// <inheritdoc/>
    public override string ToString() => Port == 0 && _high == 0 && _low == 0 ? "unknown" : ToEndPoint().ToString();
}
