using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Telematics.Gateway.Sessions;
using Telematics.Gateway.Transport.Tls;
using Telematics.Gateway.Transport.WebSockets;
using Telematics.Mqtt;
using Telematics.Mqtt.Sockets;

namespace Telematics.Gateway.Transport;

/// <summary>
/// One connection of Kestrel's on its loop's thread. Nothing awaits: what the pipes complete elsewhere is a bit that is
/// set and, if none was set, one post to the loop.
/// </summary>
[SuppressMessage("Reliability", "CA2012:Use ValueTasks correctly", Justification = "Each awaiter is stored instead of awaited, and its result taken once.")]
internal sealed class KestrelChannel : ILoopWork
{
    private const int Accepted = 1;
    private const int Readable = 2;
    private const int Flushed = 4;
    private const int Closed = 8;
    private const int ReadsPerTurn = 4;

    private readonly KestrelThread _thread;
    private readonly ConnectionContext _context;
    private readonly SocketPeer _peer;
    private readonly CancellationToken _closed;
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly WebSocketPipe? _webSocket;
    private readonly PendingHandshake? _handshake;
    private readonly Action _onReadable;
    private readonly Action _onFlushed;
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenRegistration _closedRegistration;
    private ValueTaskAwaiter<ReadResult> _reading;
    private ValueTaskAwaiter<FlushResult> _flushing;
    private bool _isReading;
    private bool _isFlushing;
    private bool _isPeerClosed;
    private bool _isBroken;
    private bool _isClosing;
    private int _unflushed;
    private PooledBytes _held;
    private int _slot = -1;
    private int _signals;

    public KestrelChannel(KestrelThread thread, ConnectionContext context)
    {
        _thread = thread;
        _context = context;
        _peer = SocketPeer.From(context.RemoteEndPoint);
        _closed = context.ConnectionClosed;
        _input = context.Transport.Input;
        _output = context.Transport.Output;
        _webSocket = context.Transport as WebSocketPipe;
        _handshake = context.Features.Get<PendingHandshake>();
        _onReadable = () => Signal(Readable);
        _onFlushed = () => Signal(Flushed);
    }

    /// <summary>Whether the socket is closed, so that nothing is left to be sent.</summary>
    public bool IsSocketClosed => _closed.IsCancellationRequested;

    /// <summary>Hands the connection to its loop; completes when the loop is done with it.</summary>
    public Task RunAsync()
    {
        _closedRegistration = _closed.UnsafeRegister(static channel => ((KestrelChannel)channel!).Signal(Closed), this);
        Signal(Accepted);
        return _finished.Task;
    }

#pragma warning disable CA1031 // A fault in one connection ends that connection; logged here, once.
    /// <inheritdoc/>
    public void Run(SessionLoop loop)
    {
        var signals = Interlocked.Exchange(ref _signals, 0);
        try
        {
            if ((signals & Accepted) != 0)
            {
                Accept(loop);
            }

            if ((signals & Flushed) != 0)
            {
                OnFlushed(loop);
            }

            if ((signals & Readable) != 0)
            {
                Read(loop);
            }

            _isPeerClosed |= (signals & Closed) != 0;
            if (_isPeerClosed && _slot >= 0 && !_isReading && IsPaused(loop))
            {
                // Nobody reads, so nobody would see the end; what lies unread was never answered.
                OnClosed(loop);
            }
        }
        catch (Exception exception)
        {
            _thread.Transport.Shared.Logger.ConnectionFailed(exception, _peer);
            if (_slot >= 0)
            {
                loop.Ends.End(_slot, EndReason.InternalError, MqttReasonCode.UnspecifiedError, abort: true);
            }
            else
            {
                _context.Abort();
                Finish();
            }
        }
    }
#pragma warning restore CA1031

    /// <summary>Writes; answers how many bytes wait behind a flush that is not done.</summary>
    public int Send(ReadOnlySpan<byte> bytes)
    {
        if (_isBroken)
        {
            return 0; // the reading side tells the loop
        }

        if (_isFlushing)
        {
            // Not into the writer: that of TLS loses what comes between the start of a flush and its end.
            _held.Append(bytes);
            return _unflushed += bytes.Length;
        }

        _output.Write(bytes);
        Flush(bytes.Length);
        return _unflushed;
    }

    /// <summary>Reads on, in this turn's work or the next's.</summary>
    public void Resume() => Signal(Readable); // a read that completed during the pause has spent its own signal

    /// <summary>The engine is done with the connection.</summary>
    public void Close(bool abort)
    {
        _slot = -1;
        if (abort)
        {
            Abort();
        }
        else
        {
            _webSocket?.End();
            FinishFlushed();
        }
    }

    /// <summary>Ends it without waiting for its last bytes.</summary>
    public void Abort()
    {
        _context.Abort();
        Finish();
    }

    private void Accept(SessionLoop loop)
    {
        _slot = loop.Open(_peer, _handshake is not null, _context.Features.Get<CertifiedVehicle>()?.VehicleId);
        if (_slot < 0)
        {
            _context.Abort();
            Finish();
            return;
        }

        _thread.Transport.Bind(_slot, this);
        Read(loop);
    }

    private void Read(SessionLoop loop)
    {
        for (var i = 0; i < ReadsPerTurn; i++)
        {
            if (_slot < 0 || IsPaused(loop))
            {
                return;
            }

            if (_isReading && !_reading.IsCompleted)
            {
                return; // the signal was for something else
            }

            if (!_isReading)
            {
                _reading = _input.ReadAsync().GetAwaiter();
                if (!_reading.IsCompleted)
                {
                    _isReading = true;
                    _reading.UnsafeOnCompleted(_onReadable);
                    return;
                }
            }

            _isReading = false;
            if (!TryGetResult(loop, out var result))
            {
                return;
            }

            Consume(loop, result);
        }

        Signal(Readable); // others first
    }

    private bool TryGetResult(SessionLoop loop, out ReadResult result)
    {
        try
        {
            result = _reading.GetResult();
            return true;
        }
        catch (Exception exception) when (exception is IOException or ConnectionAbortedException or OperationCanceledException or InvalidOperationException)
        {
            _thread.Transport.Shared.Logger.TransportFailed(exception, _peer);
            result = default;
            OnClosed(loop);
            return false;
        }
    }

    private void Consume(SessionLoop loop, ReadResult result)
    {
        var buffer = result.Buffer;
        if (!buffer.IsEmpty)
        {
            _handshake?.End();
        }

        while (!buffer.IsEmpty && _slot >= 0 && !IsPaused(loop))
        {
            var consumed = ReceiveFirst(loop, buffer);
            if (consumed == 0)
            {
                break;
            }

            buffer = buffer.Slice(consumed);
        }

        if (_slot < 0)
        {
            return;
        }

        // What is left is part of a packet, or waits until the connection is read again.
        _input.AdvanceTo(buffer.Start, IsPaused(loop) ? buffer.Start : buffer.End);
        if (_webSocket is not null && !_isFlushing)
        {
            FlushRest(); // what the WebSocket itself answers
        }

        if (!result.IsCompleted || IsPaused(loop))
        {
            return;
        }

        if (_webSocket is { IsFaulted: true })
        {
            loop.Ends.End(_slot, EndReason.ProtocolError, MqttReasonCode.ProtocolError);
        }
        else
        {
            OnClosed(loop);
        }
    }

    private int ReceiveFirst(SessionLoop loop, in ReadOnlySequence<byte> buffer)
    {
        if (buffer.IsSingleSegment)
        {
            return loop.Receive(_slot, buffer.FirstSpan);
        }

        // The first piece alone, as long as it holds whole packets; a packet across pieces is put together.
        var consumed = loop.Receive(_slot, buffer.FirstSpan);
        if (consumed > 0 || _slot < 0 || IsPaused(loop))
        {
            return consumed;
        }

        if (MqttFixedHeader.Read(buffer, loop.Options.MaxPacketSize, out _, out _) == MqttFrameStatus.Incomplete)
        {
            return 0; // not yet whole: put together once, and not with each of its pieces
        }

        var scratch = _thread.Transport.Scratch;
        var length = (int)Math.Min(buffer.Length, scratch.Length);
        buffer.Slice(0, length).CopyTo(scratch);
        return loop.Receive(_slot, scratch[..length]);
    }

    private bool IsPaused(SessionLoop loop) => loop.Connections[_slot].Paused != PauseReasons.None;

    private void Flush(int bytes)
    {
        _flushing = _output.FlushAsync().GetAwaiter();
        if (_flushing.IsCompleted)
        {
            CompleteFlush();
            return;
        }

        _unflushed = bytes;
        _isFlushing = true;
        _flushing.UnsafeOnCompleted(_onFlushed);
    }

    private void OnFlushed(SessionLoop loop)
    {
        if (!_isFlushing)
        {
            return;
        }

        _isFlushing = false;
        _unflushed = 0;
        CompleteFlush();
        if (_finished.Task.IsCompleted)
        {
            return;
        }

        FlushRest();
        if (_slot >= 0)
        {
            loop.OnSent(_slot, _unflushed);
        }
    }

    /// <summary>Flushes what was held back, and what the writer has of its own.</summary>
    private void FlushRest()
    {
        if (_held.Length > 0 && !_isBroken)
        {
            _output.Write(_held.Written);
        }

        _held.Clear();
        if (!_isBroken && _output.UnflushedBytes is > 0 and var waiting)
        {
            Flush((int)waiting);
        }

        if (_isClosing && !_isFlushing)
        {
            Finish();
        }
    }

    private void CompleteFlush()
    {
        try
        {
            _flushing.GetResult();
        }
        catch (Exception exception) when (exception is IOException or ConnectionAbortedException or OperationCanceledException or InvalidOperationException)
        {
            // The reading side tells the loop that the connection is gone.
            _isBroken = true;
            _thread.Transport.Shared.Logger.TransportFailed(exception, _peer);
        }
    }

    private void OnClosed(SessionLoop loop)
    {
        if (_slot < 0)
        {
            return;
        }

        var slot = _slot;
        _slot = -1;
        _thread.Transport.Unbind(slot);
        loop.OnClosed(slot);
        FinishFlushed();
    }

    /// <summary>Gives the connection back to Kestrel when its last bytes are with it, or after a bounded time.</summary>
    private void FinishFlushed()
    {
        _isClosing = true;
        if (!_isFlushing)
        {
            FlushRest();
        }

        _thread.Transport.AwaitClose(this);
    }

    private void Finish()
    {
        _held.Clear();
        _closedRegistration.Unregister();
        _finished.TrySetResult();
    }

    private void Signal(int signal)
    {
        if (Interlocked.Or(ref _signals, signal) == 0)
        {
            _thread.Loop.Post(this);
        }
    }
}
