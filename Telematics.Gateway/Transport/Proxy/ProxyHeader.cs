using System.Buffers.Binary;
using System.Net;
using System.Text;
using Telematics.Gateway.Sessions;

namespace Telematics.Gateway.Transport.Proxy;

/// <summary>
/// The header that a proxy (HAProxy, Envoy, a cloud's load balancer) puts in front of a connection, with the client's
/// address: PROXY protocol versions 1 and 2, haproxy.org <c>doc/proxy-protocol.txt</c>, TCP only.
/// </summary>
/// <remarks>
/// It has no state, so any transport can use it. One that has its bytes in a span does it so, when
/// <see cref="GatewayOptions.ProxyProtocol"/> is <see cref="ProxyProtocol.Required"/>:
/// <list type="number">
/// <item>At accept: ask <see cref="SessionLoop.Open"/> only later; close a peer that <see cref="ProxySources.Contains"/>
/// does not know, and note a deadline of <see cref="GatewayOptions.ConnectTimeoutSeconds"/>.</item>
/// <item>At each arrival until the header is there, call <see cref="Read"/> with everything that came so far.
/// <see cref="ProxyHeaderStatus.Incomplete"/>: keep it all (at most <see cref="MaxLength"/> bytes, more is malformed).
/// <see cref="ProxyHeaderStatus.Malformed"/>: close without an answer and count.</item>
/// <item><see cref="ProxyHeaderStatus.Complete"/>: the connection's own bytes begin behind <c>length</c>. Open it with the
/// source as its peer; a source of null (the proxy's own health check) leaves the peer that it has.</item>
/// </list>
/// </remarks>
internal static class ProxyHeader
{
    /// <summary>Longest header in bytes; version 2 allows 65,551, but what is in it beyond the addresses is not used here.</summary>
    public const int MaxLength = 4_096;

    private const int MaxTextLength = 107;
    private const int BinaryPrefixLength = 16;

    private static ReadOnlySpan<byte> TextStart => "PROXY "u8;

    private static ReadOnlySpan<byte> BinaryStart => [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    /// <summary>Reads a header from the beginning of what came.</summary>
    /// <param name="bytes">Everything that came so far.</param>
    /// <param name="length">The header's length, when it is complete.</param>
    /// <param name="source">The client's address; null when the proxy speaks for itself or does not know it.</param>
    public static ProxyHeaderStatus Read(ReadOnlySpan<byte> bytes, out int length, out IPEndPoint? source)
    {
        length = 0;
        source = null;
        if (StartsLike(bytes, BinaryStart))
        {
            return bytes.Length < BinaryPrefixLength ? ProxyHeaderStatus.Incomplete : ReadBinary(bytes, out length, out source);
        }

        if (!StartsLike(bytes, TextStart))
        {
            return ProxyHeaderStatus.Malformed;
        }

        // The line must be whole within 107 bytes: "the receiver may be sure that it has the whole line, or it is none".
        var line = bytes[..Math.Min(bytes.Length, MaxTextLength)];
        var end = line.IndexOf("\r\n"u8);
        if (end < 0)
        {
            return line.Length < MaxTextLength ? ProxyHeaderStatus.Incomplete : ProxyHeaderStatus.Malformed;
        }

        length = end + 2;
        Span<char> text = stackalloc char[end];
        Encoding.Latin1.GetChars(line[..end], text);
        return TryReadLine(text[TextStart.Length..], out source) ? ProxyHeaderStatus.Complete : ProxyHeaderStatus.Malformed;
    }

    private static bool StartsLike(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> start)
    {
        var common = Math.Min(bytes.Length, start.Length);
        return bytes[..common].SequenceEqual(start[..common]);
    }

    /// <summary>TCP4 or TCP6, source, destination, source port, destination port; or UNKNOWN and anything.</summary>
    private static bool TryReadLine(ReadOnlySpan<char> line, out IPEndPoint? source)
    {
        source = null;
        if (line is "UNKNOWN" || line.StartsWith("UNKNOWN ", StringComparison.Ordinal))
        {
            return true;
        }

        Span<Range> parts = stackalloc Range[6];
        if (line.Split(parts, ' ') != 5)
        {
            return false;
        }

        var isIPv6 = line[parts[0]] is "TCP6";
        if ((isIPv6 || line[parts[0]] is "TCP4")
            && ProxyText.TryReadAddress(line[parts[1]], isIPv6, out var address)
            && ProxyText.TryReadAddress(line[parts[2]], isIPv6, out _)
            && ProxyText.TryReadNumber(line[parts[3]], ushort.MaxValue, out var port)
            && ProxyText.TryReadNumber(line[parts[4]], ushort.MaxValue, out _))
        {
            source = new IPEndPoint(address, port);
            return true;
        }

        return false;
    }

    private static ProxyHeaderStatus ReadBinary(ReadOnlySpan<byte> bytes, out int length, out IPEndPoint? source)
    {
        source = null;
        length = BinaryPrefixLength + BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        var command = bytes[12];
        if (command is not (0x20 or 0x21) || length > MaxLength)
        {
            return ProxyHeaderStatus.Malformed;
        }

        // LOCAL: the proxy speaks for itself, and the addresses mean nothing.
        var isLocal = command == 0x20;
        int? addresses = bytes[13] switch
        {
            _ when isLocal => 0,
            0x00 => 0, // unspecified
            0x11 => 4, // TCP over IPv4
            0x21 => 16, // TCP over IPv6
            0x31 => 0, // a UNIX stream socket: no address that means anything here
            _ => null,
        };
        if (addresses is not { } size || length < BinaryPrefixLength + (size == 0 ? 0 : (2 * size) + 4))
        {
            return ProxyHeaderStatus.Malformed;
        }

        if (bytes.Length < length)
        {
            return ProxyHeaderStatus.Incomplete;
        }

        if (size > 0)
        {
            var body = bytes[BinaryPrefixLength..];
            source = new IPEndPoint(new IPAddress(body[..size]), BinaryPrimitives.ReadUInt16BigEndian(body[(2 * size)..]));
        }

        return ProxyHeaderStatus.Complete;
    }
}
