namespace Telematics.RocketMQ.Remoting;

/// <summary>A received frame, header and body behind each other, in memory rented from the shared array pool.</summary>
internal readonly record struct Frame(byte[] Buffer, HeaderEncoding Encoding, int HeaderLength, int Length)
{
    public ReadOnlySpan<byte> Header => Buffer.AsSpan(0, HeaderLength);

    public ReadOnlyMemory<byte> Body => Buffer.AsMemory(HeaderLength, Length - HeaderLength);
}
