using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Telematics.RocketMQ.Remoting;

/// <summary>
/// Cuts frames out of a stream. Small ones come many at a time out of one read; a large one is read straight into the
/// rented memory that it stays in.
/// </summary>
/// <param name="stream">Where they come from.</param>
/// <param name="received">Called when something has come, be it only a part of a frame.</param>
internal sealed class FrameReader(Stream stream, Action received)
{
    private const int PrefixLength = 8;
    private readonly byte[] _buffer = new byte[32 * 1024];
    private int _start;
    private int _end;

    /// <summary>The next frame; null when the stream has ended between two frames.</summary>
    /// <exception cref="InvalidDataException">What came is no frame.</exception>
    /// <exception cref="EndOfStreamException">The stream ended within a frame.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Frame?> ReadAsync(CancellationToken cancellationToken)
    {
        while (_end - _start < PrefixLength)
        {
            if (!await ReadMoreAsync(cancellationToken))
            {
                return _end == _start ? null : throw new EndOfStreamException($"The connection ended {_end - _start} B into a frame.");
            }
        }

        var (encoding, headerLength, length) = ReadPrefix(_buffer.AsSpan(_start));
        _start += PrefixLength;
        var frame = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var here = Math.Min(length, _end - _start);
            _buffer.AsSpan(_start, here).CopyTo(frame);
            _start += here;
            while (here < length)
            {
                var read = await stream.ReadAsync(frame.AsMemory(here, length - here), cancellationToken);
                here += read > 0 ? read : throw new EndOfStreamException($"The connection ended {PrefixLength + here} B into a frame.");
                received();
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(frame);
            throw;
        }

        return new Frame(frame, encoding, headerLength, length);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReadMoreAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        received();
        return read > 0;
    }

    private static (HeaderEncoding Encoding, int HeaderLength, int Length) ReadPrefix(ReadOnlySpan<byte> prefix)
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(prefix) - sizeof(int);
        var word = BinaryPrimitives.ReadInt32BigEndian(prefix[sizeof(int)..]);
        var headerLength = word & 0xFFFFFF;
        if (length is < 0 or > FrameHeader.MaxFrameLength - PrefixLength || headerLength > length)
        {
            throw new InvalidDataException($"No frame of RocketMQ: length {length + sizeof(int)} with a header of {headerLength} (at most {FrameHeader.MaxFrameLength} B are taken).");
        }

        var encoding = (HeaderEncoding)(word >>> 24);
        return encoding is HeaderEncoding.Json or HeaderEncoding.Binary
            ? (encoding, headerLength, length)
            : throw new InvalidDataException($"No frame of RocketMQ: header encoding {(byte)encoding} (0 and 1 are known).");
    }
}
