using System.Security.Cryptography;
using System.Text;

namespace Telematics.Gateway.Transport.WebSockets;

/// <summary>The opening handshake, RFC 6455 §4.2: what a client asks, and the answer.</summary>
/// <param name="path">The path that is served.</param>
/// <param name="origins">Origins of web pages that may connect, separated by commas; <c>*</c> is any, null is none.</param>
internal sealed class WebSocketUpgrade(string path, string? origins)
{
    /// <summary>Longest request that is read.</summary>
    public const int MaxLength = 8_192;

    private const string Key = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private const string Subprotocol = "mqtt";

    private readonly string[] _origins = (origins ?? string.Empty).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Reads a request; false when it is not all there.</summary>
    /// <param name="bytes">Everything that came so far.</param>
    /// <param name="length">The request's length.</param>
    /// <param name="answer">What is written back.</param>
    /// <param name="isAccepted">Whether WebSocket frames follow; else the connection is closed after the answer.</param>
    public bool TryRead(ReadOnlySpan<byte> bytes, out int length, out byte[] answer, out bool isAccepted)
    {
        answer = [];
        isAccepted = false;
        length = bytes.IndexOf("\r\n\r\n"u8) + 4;
        if (length < 4)
        {
            length = bytes.Length;
            if (bytes.Length < MaxLength)
            {
                return false;
            }

            answer = Refuse("431 Request Header Fields Too Large");
            return true;
        }

        var lines = Encoding.Latin1.GetString(bytes[..(length - 4)]).Split("\r\n");
        var refusal = Check(lines, out var key);
        isAccepted = refusal is null;
        answer = refusal is null ? Accept(key) : Refuse(refusal);
        return true;
    }

    /// <summary>What is wrong with a request, as a status line's end with further fields; null when nothing is.</summary>
    private string? Check(string[] lines, out string key)
    {
        key = string.Empty;
        var request = lines[0].Split(' ');
        if (request.Length != 3 || request[2] != "HTTP/1.1")
        {
            return "400 Bad Request";
        }

        if (request[0] != "GET")
        {
            return "405 Method Not Allowed\r\nAllow: GET";
        }

        if (request[1].Split('?')[0] != path)
        {
            return "404 Not Found";
        }

        if (!TryReadFields(lines, out var fields))
        {
            return "400 Bad Request";
        }

        if (!Has(fields, "Connection", "upgrade") || !Has(fields, "Upgrade", "websocket"))
        {
            return "426 Upgrade Required\r\nUpgrade: websocket";
        }

        if (fields.GetValueOrDefault("Sec-WebSocket-Version") != "13")
        {
            return "426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13";
        }

        key = fields.GetValueOrDefault("Sec-WebSocket-Key") ?? string.Empty;
        Span<byte> nonce = stackalloc byte[18];
        if (key.Length != 24 || !Convert.TryFromBase64String(key, nonce, out var nonceLength) || nonceLength != 16)
        {
            return "400 Bad Request";
        }

        // A browser sends its page's origin. Without a list any page could speak to a gateway on its reader's machine.
        if (fields.TryGetValue("Origin", out var origin) && !_origins.Contains("*") && !_origins.Contains(origin, StringComparer.OrdinalIgnoreCase))
        {
            return "403 Forbidden";
        }

        // The client must ask for it [MQTT-6.0.0-3].
        return Has(fields, "Sec-WebSocket-Protocol", Subprotocol) ? null : "400 Bad Request";
    }

    private static bool TryReadFields(string[] lines, out Dictionary<string, string> fields)
    {
        fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 1 || line.AsSpan(0, colon).ContainsAny(" \t"))
            {
                return false;
            }

            var value = line[(colon + 1)..].Trim();
            var name = line[..colon];
            fields[name] = fields.TryGetValue(name, out var before) ? $"{before}, {value}" : value;
        }

        return true;
    }

    private static bool Has(Dictionary<string, string> fields, string name, string token) =>
        fields.TryGetValue(name, out var value)
        && value.Split(',', StringSplitOptions.TrimEntries).Contains(token, StringComparer.OrdinalIgnoreCase);

#pragma warning disable CA5350 // SHA-1 is the handshake's (RFC 6455 §4.2.2); it protects nothing.
    private static byte[] Accept(string key) => Encoding.ASCII.GetBytes(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        + Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Key)))
        + $"\r\nSec-WebSocket-Protocol: {Subprotocol}\r\n\r\n");
#pragma warning restore CA5350

    private static byte[] Refuse(string status) => Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}
