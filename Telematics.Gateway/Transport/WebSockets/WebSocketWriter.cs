using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace Telematics.Gateway.Transport.WebSockets;

/// <summary>Gathers bytes until they are flushed, and makes one binary frame of them.</summary>
internal sealed class WebSocketWriter(PipeWriter inner) : PipeWriter
{
    private PooledBytes _payload;
    private byte[]? _pong;
    private byte[]? _answer;
    private WebSocketCloseCode? _close;
    private bool _isOpen;
    private bool _isClosed;

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes =>
        _payload.Length + (_answer?.Length ?? 0) + (_isOpen && !_isClosed ? (_pong?.Length ?? 0) + (_close is null ? 0 : 4) : 0);

    /// <summary>Answers the opening handshake.</summary>
    public void Answer(byte[] answer, bool isAccepted)
    {
        _answer = answer;
        _isOpen = isAccepted;
    }

    /// <summary>Answers a ping with the next flush; of several it is the last that counts (RFC 6455 §5.5.3).</summary>
    public void Pong(ReadOnlySpan<byte> payload)
    {
        _pong = new byte[payload.Length + 2];
        WebSocketFrameHeader.Write(_pong, WebSocketOpcode.Pong, payload.Length);
        payload.CopyTo(_pong.AsSpan(2));
    }

    /// <summary>Closes with the next flush, behind what was written. Only the first counts.</summary>
    public void End(WebSocketCloseCode code) => _close ??= code;

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0) => _payload.GetMemory(sizeHint);

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => _payload.GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public override void Advance(int bytes) => _payload.Advance(bytes);

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_answer is not null)
        {
            inner.Write(_answer);
            _answer = null;
        }

        if (_isOpen && !_isClosed)
        {
            WriteFrames();
        }

        _payload.Clear();
        return inner.FlushAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        _payload.Clear();
        inner.Complete(exception);
    }

    private void WriteFrames()
    {
        if (_payload.Length > 0)
        {
            Span<byte> header = stackalloc byte[WebSocketFrameHeader.MaxWritten];
            inner.Write(header[..WebSocketFrameHeader.Write(header, WebSocketOpcode.Binary, _payload.Length)]);
            inner.Write(_payload.Written);
        }

        if (_pong is not null)
        {
            inner.Write(_pong);
            _pong = null;
        }

        if (_close is { } code)
        {
            Span<byte> frame = stackalloc byte[4];
            WebSocketFrameHeader.Write(frame, WebSocketOpcode.Close, 2);
            BinaryPrimitives.WriteUInt16BigEndian(frame[2..], (ushort)code);
            inner.Write(frame);
            _isClosed = true;
        }
    }
}
