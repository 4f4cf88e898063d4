using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace Telematics.RocketMQ.Remoting;

/// <summary>Writes everything of a frame that comes before the body. One for each thread, used again and again.</summary>
internal sealed class FrameWriter
{
    private const int PrefixLength = 8;

    [ThreadStatic]
    private static FrameWriter? _ofThisThread;

    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _json;

    private FrameWriter() => _json = new(_buffer, JsonHeader.WriterOptions);

    public static FrameWriter OfThisThread => _ofThisThread ??= new();

    /// <summary>The length words and the header; valid until the thread writes the next one.</summary>
    /// <exception cref="ArgumentException">The frame would be longer than servers take.</exception>
    public ReadOnlySpan<byte> Write(int code, int opaque, int flag, string? remark, ReadOnlySpan<RemotingField> fields, int bodyLength)
    {
        _buffer.ResetWrittenCount();
        _buffer.GetSpan(PrefixLength)[..PrefixLength].Clear();
        _buffer.Advance(PrefixLength);
        _json.Reset();
        JsonHeader.Write(_json, code, opaque, flag, remark, fields);
        var frame = _buffer.WrittenSpan;
        var total = (long)frame.Length + bodyLength;
        if (total > FrameHeader.MaxFrameLength)
        {
            throw new ArgumentException($"Request {code}: its frame of {total} B is longer than the {FrameHeader.MaxFrameLength} B that a server takes.", nameof(bodyLength));
        }

        // The buffer is ours: the lengths are known only now.
        var prefix = System.Runtime.InteropServices.MemoryMarshal.AsMemory(_buffer.WrittenMemory).Span;
        BinaryPrimitives.WriteInt32BigEndian(prefix, (int)total - sizeof(int));
        BinaryPrimitives.WriteInt32BigEndian(prefix[sizeof(int)..], ((int)HeaderEncoding.Json << 24) | (frame.Length - PrefixLength));
        return frame;
    }
}
