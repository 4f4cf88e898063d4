using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Telematics.Gateway.Transport.WebSockets;

/// <summary>
/// The payload of a client's frames. It is decoded where the read's result is taken, which is on the loop's thread, so
/// that what must be answered (handshake, ping, close) is written there too. One read at a time, by one thread.
/// </summary>
[SuppressMessage("Reliability", "CA2012:Use ValueTasks correctly", Justification = "The awaiter is stored instead of awaited, and its result taken once.")]
internal sealed class WebSocketReader : PipeReader, IValueTaskSource<ReadResult>
{
    private const int FirstBuffer = 512;

    private readonly PipeReader _inner;
    private readonly WebSocketWriter _output;
    private readonly WebSocketUpgrade _upgrade;
    private readonly Action _onReadable;
    private ValueTaskAwaiter<ReadResult> _reading;
    private Action<object?>? _continuation;
    private object? _continuationState;
    private byte[]? _payload;
    private int _start;
    private int _end;
    private bool _isExamined = true;
    private bool _isUpgraded;
    private bool _isEnded;
    private bool _isMessageOpen;
    private long _frameRest;
    private uint _mask;

    public WebSocketReader(PipeReader inner, WebSocketWriter output, WebSocketUpgrade upgrade)
    {
        _inner = inner;
        _output = output;
        _upgrade = upgrade;
        _onReadable = () => _continuation!(_continuationState);
    }

    /// <summary>Whether the peer sent what it must not.</summary>
    public bool IsFaulted { get; private set; }

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (TryRead(out var result))
        {
            return new ValueTask<ReadResult>(result);
        }

        _reading = _inner.ReadAsync(cancellationToken).GetAwaiter();
        return new ValueTask<ReadResult>(this, token: 0);
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        result = Result(isCompleted: _isEnded);
        return _isEnded || !_isExamined;
    }

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _reading.IsCompleted ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Pending;

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        _continuation = continuation;
        _continuationState = state;
        _reading.UnsafeOnCompleted(_onReadable);
    }

    /// <inheritdoc/>
    public ReadResult GetResult(short token)
    {
        var result = _reading.GetResult();
        var reader = new SequenceReader<byte>(result.Buffer);
        Decode(ref reader);
        _inner.AdvanceTo(reader.Position, result.Buffer.End);
        return Result(result.IsCompleted || _isEnded);
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_payload is null)
        {
            return;
        }

        _start = consumed.GetInteger();
        _isExamined = examined.GetInteger() == _end;
        if (_start == _end)
        {
            Release();
        }
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => _inner.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        Release();
        _inner.Complete(exception);
    }

    private ReadResult Result(bool isCompleted) =>
        new(_payload is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(_payload, _start, _end - _start), isCanceled: false, isCompleted);

    private void Decode(ref SequenceReader<byte> reader)
    {
        if (!_isUpgraded && !TryUpgrade(ref reader))
        {
            return;
        }

        while (!_isEnded && (_frameRest > 0 ? TryTakePayload(ref reader) : TryTakeFrame(ref reader)))
        {
        }

        if (_isEnded)
        {
            reader.AdvanceToEnd(); // nothing behind the end means anything
        }
    }

    private bool TryUpgrade(ref SequenceReader<byte> reader)
    {
        var head = reader.Sequence.Slice(0, Math.Min(reader.Length, WebSocketUpgrade.MaxLength));
        if (!_upgrade.TryRead(head.IsSingleSegment ? head.FirstSpan : head.ToArray(), out var length, out var answer, out _isUpgraded))
        {
            return false;
        }

        reader.Advance(length);
        _output.Answer(answer, _isUpgraded);
        IsFaulted = _isEnded = !_isUpgraded;
        return _isUpgraded;
    }

    private bool TryTakePayload(ref SequenceReader<byte> reader)
    {
        if (reader.End)
        {
            return false;
        }

        var part = reader.UnreadSpan;
        part = part[..(int)Math.Min(part.Length, _frameRest)];
        Reserve(part.Length);
        var target = _payload.AsSpan(_end, part.Length);
        part.CopyTo(target);
        _mask = WebSocketMask.Apply(target, _mask);
        _end += part.Length;
        _frameRest -= part.Length;
        _isExamined = false;
        reader.Advance(part.Length);
        return true;
    }

    private bool TryTakeFrame(ref SequenceReader<byte> reader)
    {
        var start = reader.Consumed;
        if (!WebSocketFrameHeader.TryRead(ref reader, out var header, out var isAllowed))
        {
            reader.Rewind(reader.Consumed - start);
            return false;
        }

        if (!isAllowed)
        {
            Fail(WebSocketCloseCode.ProtocolError);
            return false;
        }

        switch (header.Opcode)
        {
            case WebSocketOpcode.Text:
                Fail(WebSocketCloseCode.UnsupportedData);
                return false;
            case WebSocketOpcode.Binary when !_isMessageOpen:
            case WebSocketOpcode.Continuation when _isMessageOpen:
                _isMessageOpen = !header.IsFinal;
                _frameRest = header.Length;
                _mask = header.Mask;
                return true;
            case WebSocketOpcode.Binary or WebSocketOpcode.Continuation:
                Fail(WebSocketCloseCode.ProtocolError);
                return false;
            default:
                if (reader.Remaining < header.Length)
                {
                    reader.Rewind(reader.Consumed - start);
                    return false;
                }

                TakeControl(ref reader, header);
                return !_isEnded;
        }
    }

    private void TakeControl(ref SequenceReader<byte> reader, in WebSocketFrameHeader header)
    {
        Span<byte> payload = stackalloc byte[(int)header.Length];
        reader.TryCopyTo(payload);
        reader.Advance(payload.Length);
        WebSocketMask.Apply(payload, header.Mask);
        if (header.Opcode == WebSocketOpcode.Ping)
        {
            _output.Pong(payload);
        }
        else if (header.Opcode == WebSocketOpcode.Close)
        {
            _isEnded = true;
            _output.End(WebSocketCloseCode.Normal);
        }
    }

    private void Fail(WebSocketCloseCode code)
    {
        IsFaulted = _isEnded = true;
        _output.End(code);
    }

    private void Reserve(int length)
    {
        if (_payload is not null && _payload.Length - _end >= length)
        {
            return;
        }

        var kept = _end - _start;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(kept + length, FirstBuffer));
        _payload.AsSpan(_start, kept).CopyTo(larger);
        Release();
        _payload = larger;
        _end = kept;
    }

    private void Release()
    {
        if (_payload is not null)
        {
            ArrayPool<byte>.Shared.Return(_payload);
            _payload = null;
        }

        _start = 0;
        _end = 0;
        _isExamined = true;
    }
}
