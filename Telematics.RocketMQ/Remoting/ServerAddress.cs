using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Telematics.RocketMQ.Remoting;

/// <summary>A server's host and port. An IPv6 host may stand in brackets or, as RocketMQ writes it, without.</summary>
internal sealed record ServerAddress(string Host, int Port)
{
    public static bool TryParse(string text, [NotNullWhen(true)] out ServerAddress? address)
    {
        var colon = text.LastIndexOf(':');
        address = null;
        if (colon <= 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65_535)
        {
            return false;
        }

        var host = text[..colon];
        address = new(host.StartsWith('[') && host.EndsWith(']') ? host[1..^1] : host, port);
        return address.Host.Length > 0;
    }
}
