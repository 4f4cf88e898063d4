using System.Buffers;
using System.IO.Pipelines;

namespace Telematics.RocketMQ.Remoting;

/// <summary>
/// One open connection: requests are copied into a pipe that one loop sends; answers are matched by their opaque in any
/// order by another. Nothing else runs, however many requests wait.
/// </summary>
#pragma warning disable CA1001 // cancelled when the connection is closed, and holds nothing: no wait handle, no timer
internal sealed class RemotingConnection
#pragma warning restore CA1001
{
    // Requests are bounded by their senders (one batch for each queue), so the pipe needs no bound of its own.
    private static readonly PipeOptions OutputOptions = new(pauseWriterThreshold: 0, minimumSegmentSize: 64 * 1024, useSynchronizationContext: false);

    // Servers close after 120 s without traffic; a request that meets that would not know whether it was executed.
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(100);

    private readonly Lock _gate = new();
    private readonly Dictionary<int, PendingCall> _calls = [];
    private readonly Pipe _output = new(OutputOptions);
    private readonly CancellationTokenSource _closed = new();
    private readonly Stream _stream;
    private readonly RemotingContext _context;
    private readonly Action<RemotingConnection, Exception?> _onClosed;
    private int _lastOpaque;
    private bool _isRetired;
    private bool _isClosed;
    private long _lastSent;
    private long _lastReceived;
    private long _written;
    private long _sent;

    /// <param name="stream">The connected stream; disposed with the connection.</param>
    /// <param name="address">Whom it leads to.</param>
    /// <param name="context">What all connections share.</param>
    /// <param name="onClosed">Called once when it is closed; with the fault, or null when we closed it.</param>
    public RemotingConnection(Stream stream, string address, RemotingContext context, Action<RemotingConnection, Exception?> onClosed)
    {
        _stream = stream;
        Address = address;
        _context = context;
        _onClosed = onClosed;
        _lastSent = _lastReceived = context.Time.GetTimestamp();
    }

    public string Address { get; }

    /// <summary>Whether the server has ever answered here.</summary>
    public bool HasAnswered { get; private set; }

    public void Start()
    {
        _ = SendAsync();
        _ = ReceiveAsync();
    }

    /// <summary>Sends a request; false when this connection takes none any more, and nothing was done.</summary>
    public bool TryRequest(RemotingRequest request, long deadline, CancellationToken cancellationToken, out ValueTask<RemotingResponse> answer)
    {
        var opaque = Interlocked.Increment(ref _lastOpaque);
        var head = FrameWriter.OfThisThread.WriteRequest(request, opaque, _context.Signer);
        var call = _context.Calls.Rent();
        call.Begin(this, request.Code, opaque, _context.Time.GetTimestamp(), deadline);
        lock (_gate)
        {
            if (_isClosed || _isRetired)
            {
                _context.Calls.Return(call);
                answer = default;
                return false;
            }

            _calls.Add(opaque, call);
            Write(head, request.Body.Span);
            call.OutputEnd = _written;
        }

        answer = call.Task;
        call.EndWith(cancellationToken);
        return true;
    }

    /// <summary>Takes a call out of the table; who succeeds completes it.</summary>
    public bool TryRemove(int opaque)
    {
        lock (_gate)
        {
            return _calls.Remove(opaque);
        }
    }

    /// <summary>
    /// Gives up the calls whose time is over, and the connection itself when it has been silent all that time or could not
    /// even send them, or when it is of no use any more.
    /// </summary>
    public void Sweep(long now)
    {
        List<PendingCall>? overdue = null;
        var (isSilent, isStuck) = (false, false);
        bool isUnused;
        lock (_gate)
        {
            isUnused = _calls.Count == 0 && (_isRetired || _context.Time.GetElapsedTime(Math.Max(_lastSent, Volatile.Read(ref _lastReceived)), now) >= IdleLimit);
            _isRetired |= isUnused;
            foreach (var call in _calls.Values)
            {
                if (now - call.Deadline >= 0)
                {
                    (overdue ??= []).Add(call);
                    isSilent |= call.SentAt - Volatile.Read(ref _lastReceived) >= 0;
                    isStuck |= call.OutputEnd > Volatile.Read(ref _sent);
                }
            }

            overdue?.ForEach(call => _calls.Remove(call.Opaque));
        }

        foreach (var call in overdue ?? [])
        {
            _context.Metrics.TimedOut(call.Code);
            call.Fail(new RemotingException(RemotingFault.TimedOut, Address, $"no answer to {call.Code} within {_context.Time.GetElapsedTime(call.SentAt, now).TotalMilliseconds:F0} ms"));
        }

        if (isSilent)
        {
            // A half-open connection looks like this, and only like this: nothing came back since the request went out.
            Close(new TimeoutException("Nothing was received since a request that is overdue was sent."));
        }
        else if (isStuck)
        {
            // What is sent again would queue up behind what nobody waits for any more, and be late again, without end.
            Close(new TimeoutException("A request that is overdue could not even be sent."));
        }
        else if (isUnused)
        {
            Close(null);
        }
    }

    /// <summary>Ends the connection; calls under way fail.</summary>
    public void Close(Exception? fault)
    {
        PendingCall[] calls;
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            calls = [.. _calls.Values];
            _calls.Clear();
            _output.Writer.Complete();
        }

        _closed.Cancel();
        _stream.Dispose();
        foreach (var call in calls)
        {
            call.Fail(fault is null
                ? new RemotingException(RemotingFault.Closed, Address, "the client was closed")
                : new RemotingException(RemotingFault.ConnectionLost, Address, $"the connection was lost while {call.Code} was under way: {fault.Message}", fault));
        }

        _onClosed(this, fault);
    }

    // Under the lock. Copying 1 MB costs less than knowing when the network is done with the caller's memory.
    private void Write(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        _output.Writer.Write(head);
        _output.Writer.Write(body);
        _written += head.Length + body.Length;
        _context.Metrics.Sent(head.Length + body.Length);
        _lastSent = _context.Time.GetTimestamp();

#pragma warning disable CA2012 // completes at once: the pipe has no bound
        _ = _output.Writer.FlushAsync(CancellationToken.None);
#pragma warning restore CA2012
    }

    private async Task SendAsync()
    {
        try
        {
            while (true)
            {
                var result = await _output.Reader.ReadAsync(CancellationToken.None);
                foreach (var segment in result.Buffer)
                {
                    await _stream.WriteAsync(segment, _closed.Token);
                    Volatile.Write(ref _sent, _sent + segment.Length);
                }

                _output.Reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (Exception fault)
        {
            // Whatever it is: a connection that sends nothing must not look open.
            Close(fault);
        }

        await _output.Reader.CompleteAsync();
    }

    private async Task ReceiveAsync()
    {
        var reader = new FrameReader(_stream, () => Volatile.Write(ref _lastReceived, _context.Time.GetTimestamp()));
        try
        {
            while (await reader.ReadAsync(_closed.Token) is { } frame)
            {
                _context.Metrics.Received(frame.Length);
                Receive(new RemotingResponse(Address, frame));
            }

            Close(new EndOfStreamException("The server closed the connection."));
        }
        catch (Exception fault)
        {
            // Whatever it is: a connection that nobody reads must not look open.
            Close(fault);
        }
    }

    private void Receive(RemotingResponse received)
    {
        if (!received.Header.IsResponse)
        {
            ReceiveRequest(received);
            return;
        }

        HasAnswered = true;
        PendingCall? call;
        lock (_gate)
        {
            _calls.Remove(received.Header.Opaque, out call);
            _isRetired |= received.Code == ResponseCode.GoAway;
        }

        if (call is null)
        {
            // Its call was cancelled or given up, or the server made up the number.
            _context.Metrics.AnswerUnexpected();
            _context.Logger.LogUnexpectedAnswer(Address, received.Header.Opaque, received.Header.Code);
            received.Dispose();
            return;
        }

        _context.Metrics.Answered(call.Code, received.Code, _context.Time.GetElapsedTime(call.SentAt));
        call.Complete(received);
    }

    private void ReceiveRequest(RemotingResponse request)
    {
        using (request)
        {
            var code = (RequestCode)request.Header.Code;
            var isKnown = _context.Handlers.TryGetValue(code, out var handler);
            if (isKnown)
            {
                try
                {
                    handler!(Address, request);
                }
                catch (Exception fault)
                {
                    _context.Logger.LogHandlerFailed(Address, code, fault);
                }
            }

            if (!request.Header.IsOneWay)
            {
                var answer = isKnown ? ResponseCode.Success : ResponseCode.RequestCodeNotSupported;
                var remark = isKnown ? null : $"request code {request.Header.Code} is not supported";
                var head = FrameWriter.OfThisThread.WriteAnswer(answer, request.Header.Opaque, remark);
                lock (_gate)
                {
                    if (!_isClosed)
                    {
                        Write(head, []);
                    }
                }
            }
        }
    }
}
