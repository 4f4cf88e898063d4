using System.IO.Compression;

namespace Telematics.RocketMQ.Records;

/// <summary>Compression of a body before it is sent; the broker keeps it as it is and the consumer inflates it.</summary>
internal static class BodyCompression
{
    /// <summary>The body in zlib's form, or null when that is no shorter.</summary>
    public static byte[]? TryCompress(ReadOnlySpan<byte> body)
    {
        using var compressed = new MemoryStream(body.Length / 2);
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(body);
        }

        return compressed.Length < body.Length ? compressed.ToArray() : null;
    }
}
