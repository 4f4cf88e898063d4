using System.Buffers;

namespace Telematics.Gateway.Transport;

/// <summary>Bytes that are gathered for a while in a rented buffer, which grows; without bytes there is none. A field, never a copy.</summary>
internal struct PooledBytes
{
    private const int FirstBuffer = 512;

    private byte[]? _buffer;

    /// <summary>Number of bytes.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes.</summary>
    public readonly ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    /// <summary>Room for more; <see cref="Advance"/> follows.</summary>
    public Memory<byte> GetMemory(int length)
    {
        var wanted = Length + Math.Max(length, 1);
        if (_buffer is null || _buffer.Length < wanted)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(wanted, Math.Max(FirstBuffer, (_buffer?.Length ?? 0) * 2)));
            Written.CopyTo(larger);
            Return();
            _buffer = larger;
        }

        return _buffer.AsMemory(Length);
    }

    /// <summary>So many are written.</summary>
    public void Advance(int length) => Length += length;

    /// <summary>Adds bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetMemory(bytes.Length).Span);
        Advance(bytes.Length);
    }

    /// <summary>Drops all bytes and the buffer.</summary>
    public void Clear()
    {
        Return();
        Length = 0;
    }

    private void Return()
    {
        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
        }
    }
}
