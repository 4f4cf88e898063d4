using System.Buffers.Binary;

namespace Telematics.Tests.Gateway;

/// <summary>Frames as a client writes them, right or wrong.</summary>
internal static class WebSocketFrames
{
    public const int Continuation = 0;
    public const int Text = 1;
    public const int Binary = 2;
    public const int Close = 8;
    public const int Ping = 9;

    public static byte[] Request(string path = "/mqtt", string method = "GET", string? without = null, string? more = null)
    {
        var lines = new[]
        {
            $"{method} {path} HTTP/1.1", "Host: gateway", "Upgrade: websocket", "Connection: keep-alive, Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: mqttv3.1, mqtt",
        };
        return System.Text.Encoding.ASCII.GetBytes(
            string.Concat(lines.Where(line => without is null || !line.StartsWith(without, StringComparison.Ordinal)).Select(line => line + "\r\n"))
            + (more is null ? "" : more + "\r\n") + "\r\n");
    }

    public static byte[] Frame(int opcode, ReadOnlySpan<byte> payload, bool isFinal = true, bool isMasked = true, uint key = 0x12AB_34CD)
    {
        var frame = new List<byte> { (byte)((isFinal ? 0x80 : 0) | opcode) };
        var mask = isMasked ? 0x80 : 0;
        var length = new byte[8];
        if (payload.Length < 126)
        {
            frame.Add((byte)(mask | payload.Length));
        }
        else if (payload.Length < 65_536)
        {
            frame.Add((byte)(mask | 126));
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)payload.Length);
            frame.AddRange(length[..2]);
        }
        else
        {
            frame.Add((byte)(mask | 127));
            BinaryPrimitives.WriteUInt64BigEndian(length, (ulong)payload.Length);
            frame.AddRange(length);
        }

        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, key);
        if (isMasked)
        {
            frame.AddRange(bytes);
        }

        for (var i = 0; i < payload.Length; i++)
        {
            frame.Add((byte)(payload[i] ^ (isMasked ? bytes[i % 4] : 0)));
        }

        return [.. frame];
    }
}
