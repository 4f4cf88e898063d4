using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Telematics.RocketMQ.Remoting;

/// <summary>Writes everything of a frame that comes before the body. One for each thread, used again and again.</summary>
#pragma warning disable CA1001 // lives as long as its thread, and the writer holds nothing but memory
internal sealed class FrameWriter
#pragma warning restore CA1001
{
    private const int PrefixLength = 8;

    [ThreadStatic]
    private static FrameWriter? _ofThisThread;

    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly List<RemotingField> _signedFields = [];
    private readonly Utf8JsonWriter _json;

    private FrameWriter() => _json = new(_buffer, JsonHeader.WriterOptions);

    public static FrameWriter OfThisThread => _ofThisThread ??= new();

    /// <summary>Length words and header of a request; valid until the thread writes the next one.</summary>
    /// <exception cref="ArgumentException">The frame would be longer than servers take.</exception>
    public ReadOnlySpan<byte> WriteRequest(RemotingRequest request, int opaque, RequestSigner? signer) =>
        WriteRequest(EncodingOf(request.Code), request, opaque, 0, signer);

    /// <inheritdoc cref="WriteRequest(RemotingRequest, int, RequestSigner?)"/>
    internal ReadOnlySpan<byte> WriteRequest(HeaderEncoding encoding, RemotingRequest request, int opaque, int flag, RequestSigner? signer)
    {
        var fields = request.Fields;
        if (signer is not null)
        {
            _signedFields.Clear();
            _signedFields.AddRange(fields);
            signer.Sign(_signedFields, request.Body.Span);
            fields = CollectionsMarshal.AsSpan(_signedFields);
        }

        Begin();
        if (encoding == HeaderEncoding.Binary)
        {
            BinaryHeader.Write(_buffer, (int)request.Code, opaque, flag, fields);
        }
        else
        {
            JsonHeader.Write(_json, (int)request.Code, opaque, flag, null, fields);
        }

        return End(encoding, (int)request.Code, request.Body.Length);
    }

    /// <summary>An answer without fields and body.</summary>
    public ReadOnlySpan<byte> WriteAnswer(ResponseCode code, int opaque, string? remark)
    {
        Begin();
        JsonHeader.Write(_json, (int)code, opaque, FrameHeader.ResponseFlag, remark, []);
        return End(HeaderEncoding.Json, (int)code, 0);
    }

    // What is sent all the time; the rest stays legible on the wire.
    private static HeaderEncoding EncodingOf(RequestCode code) =>
        code is RequestCode.SendMessageV2 or RequestCode.SendBatchMessage or RequestCode.PullMessage ? HeaderEncoding.Binary : HeaderEncoding.Json;

    private void Begin()
    {
        _json.Reset();
        _buffer.ResetWrittenCount();
        _buffer.GetSpan(PrefixLength)[..PrefixLength].Clear();
        _buffer.Advance(PrefixLength);
    }

    private ReadOnlySpan<byte> End(HeaderEncoding encoding, int code, int bodyLength)
    {
        var total = (long)_buffer.WrittenCount + bodyLength;
        if (total > FrameHeader.MaxFrameLength)
        {
            throw new ArgumentException($"Request {code}: its frame of {total} B is longer than the {FrameHeader.MaxFrameLength} B that a server takes.", nameof(bodyLength));
        }

        // The lengths are known only now, and the buffer is ours.
        var frame = MemoryMarshal.AsMemory(_buffer.WrittenMemory).Span;
        BinaryPrimitives.WriteInt32BigEndian(frame, (int)total - sizeof(int));
        BinaryPrimitives.WriteInt32BigEndian(frame[sizeof(int)..], ((int)encoding << 24) | (frame.Length - PrefixLength));
        return frame;
    }
}
