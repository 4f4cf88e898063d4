using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace Telematics.Gateway.Transport.Proxy;

/// <summary>Addresses and numbers of PROXY protocol version 1, which allows fewer ways to write them than .NET's parsers take.</summary>
internal static class ProxyText
{
    private const int MaxAddressLength = 45;

    private static readonly SearchValues<char> IPv6Characters = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>Reads an IPv4 address in four decimal numbers, or an IPv6 address without a zone.</summary>
    public static bool TryReadAddress(ReadOnlySpan<char> text, bool isIPv6, out IPAddress address)
    {
        address = IPAddress.None;
        if (text.IsEmpty || text.Length > MaxAddressLength)
        {
            return false;
        }

        if (!isIPv6)
        {
            return TryReadIPv4(text, out address);
        }

        return !text.ContainsAnyExcept(IPv6Characters) && IPAddress.TryParse(text, out address!) && address.AddressFamily == AddressFamily.InterNetworkV6;
    }

    /// <summary>Reads a decimal number without leading zeros.</summary>
    public static bool TryReadNumber(ReadOnlySpan<char> text, int most, out int number)
    {
        number = 0;
        if (text.IsEmpty || text.Length > 5 || (text.Length > 1 && text[0] == '0'))
        {
            return false;
        }

        foreach (var digit in text)
        {
            if (!char.IsAsciiDigit(digit))
            {
                return false;
            }

            number = (number * 10) + digit - '0';
        }

        return number <= most;
    }

    private static bool TryReadIPv4(ReadOnlySpan<char> text, out IPAddress address)
    {
        address = IPAddress.None;
        Span<Range> parts = stackalloc Range[5];
        if (text.Split(parts, '.') != 4)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[4];
        for (var i = 0; i < 4; i++)
        {
            if (!TryReadNumber(text[parts[i]], byte.MaxValue, out var number))
            {
                return false;
            }

            bytes[i] = (byte)number;
        }

        address = new IPAddress(bytes);
        return true;
    }
}
