using System.Text.Json;

namespace Telematics.RocketMQ.Remoting;

/// <summary>A received frame, header and body behind each other, in memory rented from the shared array pool.</summary>
internal readonly record struct Frame(byte[] Buffer, HeaderEncoding Encoding, int HeaderLength, int Length)
{
    public ReadOnlyMemory<byte> Body => Buffer.AsMemory(HeaderLength, Length - HeaderLength);

    private ReadOnlySpan<byte> Header => Buffer.AsSpan(0, HeaderLength);

    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public FrameHeader ReadHeader()
    {
        try
        {
            return Encoding == HeaderEncoding.Json ? JsonHeader.Read(Header) : BinaryHeader.Read(Header);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The latter: a text that is no UTF-8.
            throw new InvalidDataException($"The header cannot be read: {fault.Message}", fault);
        }
    }

    public bool TryGetField(string name, out string value) =>
        Encoding == HeaderEncoding.Json ? JsonHeader.TryGetField(Header, name, out value) : BinaryHeader.TryGetField(Header, name, out value);

    /// <summary>A field that is a whole number, without a string; null when it is absent, or is none (<paramref name="isPresent"/>).</summary>
    public long? GetInt64(string name, out bool isPresent) =>
        Encoding == HeaderEncoding.Json ? JsonHeader.GetInt64(Header, name, out isPresent) : BinaryHeader.GetInt64(Header, name, out isPresent);
}
