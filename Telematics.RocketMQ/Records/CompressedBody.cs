using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using K4os.Compression.LZ4.Streams;
using ZstdSharp;

namespace Telematics.RocketMQ.Records;

/// <summary>Opens bodies that a producer compressed: zlib, LZ4 (frame format, as Java's <c>LZ4FrameOutputStream</c> writes it), Zstandard.</summary>
internal static class CompressedBody
{
    /// <summary>
    /// The largest body that is opened. RocketMQ's own limit is 4 MiB before compression; a few bytes could otherwise ask for
    /// gigabytes.
    /// </summary>
    public const int MaxLength = 32 << 20;

    /// <summary>Opens a body into a buffer from <see cref="ArrayPool{T}.Shared"/>, which is the caller's from then on.</summary>
    /// <param name="sysFlag">Names the algorithm.</param>
    /// <param name="compressed">The stored body.</param>
    /// <param name="buffer">Holds the body when the answer is true.</param>
    /// <param name="length">The body's length.</param>
    /// <param name="fault">Why it cannot be opened.</param>
    public static bool TryOpen(SysFlag sysFlag, ReadOnlySpan<byte> compressed, out byte[] buffer, out int length, out string? fault)
    {
        buffer = [];
        length = 0;
        fault = null;
        var type = sysFlag & SysFlag.CompressionType;
        if (type is not (SysFlag.None or SysFlag.CompressionZlib or SysFlag.CompressionLz4 or SysFlag.CompressionZstd))
        {
            fault = $"its body is compressed by an unknown algorithm ({(int)type >> 8})";
            return false;
        }

        // Compressed bodies are large and rare enough for a stream and a copy each.
        using var source = new MemoryStream(compressed.ToArray(), writable: false);
        try
        {
            using Stream opened = type switch
            {
                SysFlag.CompressionLz4 => LZ4Stream.Decode(source),
                SysFlag.CompressionZstd => new DecompressionStream(source),
                _ => new ZLibStream(source, CompressionMode.Decompress),
            };
            if (!TryReadToEnd(opened, compressed.Length, out buffer, out length, out fault))
            {
                return false;
            }

            if (opened is ZLibStream && !compressed.IsEmpty && !EndsWithSumOf(compressed, buffer.AsSpan(0, length)))
            {
                ArrayPool<byte>.Shared.Return(buffer);
                (buffer, length, fault) = ([], 0, $"its compressed body of {compressed.Length} B is cut off");
                return false;
            }

            return true;
        }
#pragma warning disable CA1031 // three libraries, each with exceptions of its own for bytes that are not theirs; the caller counts and logs the fault
        catch (Exception exception) when (exception is not OutOfMemoryException)
#pragma warning restore CA1031
        {
            fault = $"its compressed body cannot be opened: {exception.Message}";
            return false;
        }
    }

    // .NET takes the end of the bytes for the end of the body; only the sum at zlib's end (RFC 1950, Adler-32) says that nothing is missing.
    private static bool EndsWithSumOf(ReadOnlySpan<byte> compressed, ReadOnlySpan<byte> body)
    {
        const int LongestWithoutOverflow = 5552;
        const uint Modulus = 65521;
        var (a, b) = (1u, 0u);
        while (!body.IsEmpty)
        {
            var part = body[..Math.Min(LongestWithoutOverflow, body.Length)];
            foreach (var value in part)
            {
                a += value;
                b += a;
            }

            a %= Modulus;
            b %= Modulus;
            body = body[part.Length..];
        }

        return compressed.Length > sizeof(uint) && BinaryPrimitives.ReadUInt32BigEndian(compressed[^sizeof(uint)..]) == ((b << 16) | a);
    }

    private static bool TryReadToEnd(Stream opened, int compressedLength, out byte[] buffer, out int length, out string? fault)
    {
        var grown = ArrayPool<byte>.Shared.Rent(Math.Clamp(compressedLength * 4, 4096, MaxLength));
        var read = 0;
        var given = false;
        try
        {
            while (true)
            {
                if (read == grown.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(grown.Length * 2);
                    grown.CopyTo(larger, 0);
                    ArrayPool<byte>.Shared.Return(grown);
                    grown = larger;
                }

                var count = opened.Read(grown, read, grown.Length - read);
                if (count == 0)
                {
                    given = true;
                    (buffer, length, fault) = (grown, read, null);
                    return true;
                }

                read += count;
                if (read > MaxLength)
                {
                    (buffer, length, fault) = ([], 0, $"its body has more than {MaxLength} B when opened");
                    return false;
                }
            }
        }
        finally
        {
            if (!given)
            {
                ArrayPool<byte>.Shared.Return(grown);
            }
        }
    }
}
