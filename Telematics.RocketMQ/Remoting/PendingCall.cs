using System.Threading.Tasks.Sources;

namespace Telematics.RocketMQ.Remoting;

/// <summary>
/// A request that waits for its answer; used again and again. Who takes it out of its connection's table completes it,
/// so it is completed once. It goes back to the pool when its result is taken.
/// </summary>
internal sealed class PendingCall(PendingCallPool pool) : IValueTaskSource<RemotingResponse>
{
    private ManualResetValueTaskSourceCore<RemotingResponse> _result = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private RemotingConnection? _connection;
    private CancellationToken _token;

    public int Opaque { get; private set; }

    public RequestCode Code { get; private set; }

    /// <summary>When it was sent, as a time stamp of the clock.</summary>
    public long SentAt { get; private set; }

    /// <summary>When it is given up, as a time stamp of the clock.</summary>
    public long Deadline { get; private set; }

    /// <summary>How many bytes of its connection's output are sent when it is sent.</summary>
    public long OutputEnd { get; set; }

    public ValueTask<RemotingResponse> Task => new(this, _result.Version);

    public void Begin(RemotingConnection connection, RequestCode code, int opaque, long sentAt, long deadline)
    {
        _connection = connection;
        Code = code;
        Opaque = opaque;
        SentAt = sentAt;
        Deadline = deadline;
    }

    /// <summary>From now on the token ends it. Called once it is in its connection's table, before anybody awaits it.</summary>
    public void EndWith(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            _token = cancellationToken;
            _cancellation = cancellationToken.UnsafeRegister(static state => ((PendingCall)state!).Cancel(), this);
        }
    }

    public void Complete(RemotingResponse response) => _result.SetResult(response);

    public void Fail(Exception fault) => _result.SetException(fault);

    RemotingResponse IValueTaskSource<RemotingResponse>.GetResult(short token)
    {
        try
        {
            return _result.GetResult(token);
        }
        finally
        {
            // Waits for a cancellation that is just running, so that it never meets the next user of this object.
            _cancellation.Dispose();
            _cancellation = default;
            _token = default;
            _connection = null;
            _result.Reset();
            pool.Return(this);
        }
    }

    ValueTaskSourceStatus IValueTaskSource<RemotingResponse>.GetStatus(short token) => _result.GetStatus(token);

    void IValueTaskSource<RemotingResponse>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _result.OnCompleted(continuation, state, token, flags);

    private void Cancel()
    {
        if (_connection!.TryRemove(Opaque))
        {
            Fail(new OperationCanceledException(_token));
        }
    }
}
