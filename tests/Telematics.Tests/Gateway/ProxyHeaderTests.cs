using System.Buffers.Binary;
using System.Net;
using System.Text;
using FsCheck.Xunit;
using Telematics.Gateway.Transport.Proxy;
using Xunit;

namespace Telematics.Tests.Gateway;

/// <summary>PROXY protocol, versions 1 and 2.</summary>
public sealed class ProxyHeaderTests
{
    private static readonly byte[] Signature = [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n", "192.0.2.1:56324")]
    [InlineData("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535")]
    [InlineData("PROXY TCP6 2001:db8::1 ::1 1 443\r\n", "[2001:db8::1]:1")]
    [InlineData("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535")]
    [InlineData("PROXY UNKNOWN\r\n", null)]
    [InlineData("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n", null)]
    public void A_line_of_version_1_gives_the_client(string line, string? expected)
    {
        var bytes = Encoding.ASCII.GetBytes(line + "\u0010rest");
        Assert.Equal(ProxyHeaderStatus.Complete, ProxyHeader.Read(bytes, out var length, out var source));
        Assert.Equal(line.Length, length);
        Assert.Equal(expected, source?.ToString());
        for (var i = 0; i < line.Length; i++)
        {
            Assert.Equal(ProxyHeaderStatus.Incomplete, ProxyHeader.Read(bytes.AsSpan(0, i), out _, out _));
        }
    }

    [Theory]
    [InlineData("PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.256 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 01.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 0x1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n")]
    [InlineData("PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n")]
    [InlineData("PROXY TCP4 ::1 ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n")]
    [InlineData("PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY UNKNOWNX\r\n")]
    [InlineData("PROXY \r\n")]
    [InlineData("proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("\u0010\u000f")]
    [InlineData("\r\n\r\nx")]
    public void Anything_else_is_malformed(string line) =>
        Assert.Equal(ProxyHeaderStatus.Malformed, ProxyHeader.Read(Encoding.ASCII.GetBytes(line), out _, out _));

    [Fact]
    public void A_line_is_never_longer_than_107_bytes()
    {
        var line = Encoding.ASCII.GetBytes("PROXY UNKNOWN " + new string('x', 91) + "\r\n");
        Assert.Equal(107, line.Length);
        Assert.Equal(ProxyHeaderStatus.Complete, ProxyHeader.Read(line, out _, out _));
        line = Encoding.ASCII.GetBytes("PROXY UNKNOWN " + new string('x', 92) + "\r\n");
        Assert.Equal(ProxyHeaderStatus.Malformed, ProxyHeader.Read(line, out _, out _));
    }

    [Theory]
    [InlineData(0x21, 0x11, "C0000201 C6336402 DC04 01BB", "192.0.2.1:56324")]
    [InlineData(0x21, 0x11, "C0000201 C6336402 DC04 01BB 04 0003 AABBCC", "192.0.2.1:56324")]
    [InlineData(0x21, 0x21, "20010DB8000000000000000000000001 00000000000000000000000000000001 0001 01BB", "[2001:db8::1]:1")]
    [InlineData(0x20, 0x11, "", null)]
    [InlineData(0x20, 0x00, "", null)]
    [InlineData(0x21, 0x00, "", null)]
    [InlineData(0x21, 0x31, "00", null)]
    public void A_header_of_version_2_gives_the_client(byte command, byte family, string body, string? expected)
    {
        var bytes = Binary(command, family, Convert.FromHexString(body.Replace(" ", "", StringComparison.Ordinal)));
        Assert.Equal(ProxyHeaderStatus.Complete, ProxyHeader.Read([.. bytes, 0x10], out var length, out var source));
        Assert.Equal(bytes.Length, length);
        Assert.Equal(expected, source?.ToString());
        for (var i = 0; i < bytes.Length; i++)
        {
            Assert.Equal(ProxyHeaderStatus.Incomplete, ProxyHeader.Read(bytes.AsSpan(0, i), out _, out _));
        }
    }

    [Theory]
    [InlineData(0x11, 0x11, 12)]
    [InlineData(0x22, 0x11, 12)]
    [InlineData(0x21, 0x11, 11)]
    [InlineData(0x21, 0x21, 12)]
    [InlineData(0x21, 0x12, 12)]
    [InlineData(0x21, 0x41, 12)]
    [InlineData(0x21, 0x11, ProxyHeader.MaxLength)]
    public void A_header_of_version_2_that_cannot_be_is_malformed(byte command, byte family, int length) =>
        Assert.Equal(ProxyHeaderStatus.Malformed, ProxyHeader.Read(Binary(command, family, new byte[length]), out _, out _));

    [Property(MaxTest = 2_000)]
    public void Any_bytes_get_an_answer_that_more_bytes_do_not_change(byte[] random, byte start, ushort cut)
    {
        byte[] bytes = (start % 4) switch
        {
            0 => random,
            1 => [.. "PROXY TCP4 1.2.3.4 5.6."u8, .. random],
            2 => [.. Signature, 0x21, 0x11, 0, 12, .. random],
            _ => [.. Signature, .. random],
        };
        var whole = ProxyHeader.Read(bytes, out var length, out var source);
        if (whole == ProxyHeaderStatus.Complete)
        {
            Assert.InRange(length, 1, bytes.Length);
        }

        var part = ProxyHeader.Read(bytes.AsSpan(0, cut % (bytes.Length + 1)), out var partLength, out var partSource);
        if (part != ProxyHeaderStatus.Incomplete)
        {
            Assert.Equal((whole, source), (part, partSource));
            Assert.Equal(part == ProxyHeaderStatus.Complete ? length : 0, part == ProxyHeaderStatus.Complete ? partLength : 0);
        }

        if (bytes.Length >= ProxyHeader.MaxLength)
        {
            Assert.NotEqual(ProxyHeaderStatus.Incomplete, whole);
        }
    }

    [Property(MaxTest = 500)]
    public void What_a_proxy_writes_is_read(byte[] address, ushort port, bool isText)
    {
        var isIPv6 = address.Length >= 16;
        var source = new IPEndPoint(new IPAddress(isIPv6 ? address[..16] : [.. address.Concat(new byte[4]).Take(4)]), port);
        var written = source.Address.GetAddressBytes();
        byte[] ports = [(byte)(port >> 8), (byte)port, 0, 1];
        byte[] header = isText
            ? Encoding.ASCII.GetBytes($"PROXY {(isIPv6 ? "TCP6" : "TCP4")} {source.Address} {source.Address} {port} 1\r\n")
            : Binary(0x21, isIPv6 ? (byte)0x21 : (byte)0x11, [.. written, .. written, .. ports]);
        Assert.Equal(ProxyHeaderStatus.Complete, ProxyHeader.Read(header, out var length, out var read));
        Assert.Equal(header.Length, length);
        Assert.Equal(source, read);
    }

    [Fact]
    public void Only_proxies_of_the_networks_are_believed()
    {
        Assert.True(ProxySources.TryParse("10.0.0.0/8, 192.0.2.7,fd00::/8", out var sources, out _));
        Assert.True(sources.Contains(IPAddress.Parse("10.255.0.1")));
        Assert.True(sources.Contains(IPAddress.Parse("::ffff:10.0.0.1")));
        Assert.True(sources.Contains(IPAddress.Parse("192.0.2.7")));
        Assert.True(sources.Contains(IPAddress.Parse("fd00::5")));
        Assert.False(sources.Contains(IPAddress.Parse("192.0.2.8")));
        Assert.False(sources.Contains(IPAddress.Parse("::1")));
        Assert.False(ProxySources.TryParse("10.0.0.0/8, nobody", out _, out var wrong));
        Assert.Equal("nobody", wrong);
        Assert.False(ProxySources.TryParse("", out _, out _));
    }

    private static byte[] Binary(byte command, byte family, byte[] body)
    {
        var length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)body.Length);
        return [.. Signature, command, family, .. length, .. body];
    }
}
